import { toInstitutionId } from '../../src/domain/institution.ts'
import type { ProviderId } from '../../src/domain/provider-id.ts'
import { type AnyStep, type Flow, flowOf, type FlowSession } from './flow.ts'
import { type GatewayOptions, type GatewayProcess, startGateway } from './gateway-process.ts'
import type { LiveClient } from './live-client.ts'
import { newPhone } from './operations.ts'
import { createPerson, type Person, type SandboxAddresses } from './person.ts'
import type { SandboxControl } from './sandbox-control.ts'

/** All that differs from one provider to the next: what is asked, of whom. */
export interface Way {
  readonly name: string
  readonly institutionId: string
  readonly psu: object
}

const PERSONAL_NUMBER = '199001011234'

export const institution = (provider: ProviderId, ref: string): string => toInstitutionId({ provider, ref })

/** One plain institution of each provider, named by the step that it leads to. */
export const fourWays = (): readonly [otp: Way, redirect: Way, hosted: Way, bankId: Way] => [
  { name: 'OTP', institutionId: institution('OPEN_BANK_PROJECT', 'sandbox.otp'), psu: { phone: newPhone() } },
  { name: 'REDIRECT', institutionId: institution('ENABLE_BANKING', 'FI:Sandbox Redirect'), psu: {} },
  { name: 'HOSTED', institutionId: institution('FISKIL', 'sandbox.redirect'), psu: {} },
  {
    name: 'BANKID',
    institutionId: institution('INSURELY', 'se-sandbox-bankid'),
    psu: { personalNumber: PERSONAL_NUMBER },
  },
]

export interface Connected {
  readonly way: Way
  readonly consentId: string
  readonly sessionId: string
  readonly step: AnyStep
  /** Who played the bank. */
  readonly simulator: SandboxControl
}

/** A gateway with all four providers, its client, and a person. */
export interface Scene extends AsyncDisposable {
  readonly gateway: GatewayProcess
  readonly flow: Flow
  readonly person: Person
  readonly live: LiveClient
  createUser(externalId: string): Promise<string>
  /** Begins, and waits for the first step. */
  begin(user: string, way: Way): Promise<FlowSession & { readonly nextStep: AnyStep }>
  /** The whole way to a live consent. */
  connect(user: string, way: Way): Promise<Connected>
  /** As the session stands when it has ended. */
  untilOver(sessionId: string): Promise<FlowSession>
}

/** Where the simulators are that do not run in the gateway's process, and where its client wants people sent back to. */
export interface Elsewhere {
  readonly addresses: SandboxAddresses
  readonly returnTo: string
}

export const sceneOf = async (gateway: GatewayProcess, elsewhere?: Elsewhere): Promise<Scene> => {
  const flow = flowOf(gateway, {}, elsewhere?.returnTo)
  const person = await createPerson(gateway, flow, elsewhere?.addresses)
  const live = gateway.live()

  const untilOver: Scene['untilOver'] = async (sessionId) => {
    const last = (await flow.follow(live, sessionId).rest()).at(-1)
    if (last === undefined) throw new Error(`${sessionId} never was`)
    return last
  }

  const begin: Scene['begin'] = async (user, way) => {
    const { authSession, userErrors } = await flow.start(user, way.institutionId, way.psu)
    if (authSession === null) throw new Error(JSON.stringify(userErrors))
    const screen = flow.follow(live, authSession.id)
    const shown = await screen.until(({ nextStep, isFinal }) => nextStep !== null || isFinal)
    await screen.stop()
    if (shown.nextStep === null) throw new Error(JSON.stringify(shown))
    return { ...shown, nextStep: shown.nextStep }
  }

  return {
    gateway,
    flow,
    person,
    live,
    begin,
    untilOver,
    createUser: async (externalId) => {
      const mutation = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }'
      const { createUser } = await gateway.graphql<{ createUser: { user: { id: string } } }>(mutation, {
        input: { externalId },
      })
      return createUser.user.id
    },
    connect: async (user, way) => {
      const begun = await begin(user, way)
      await person.approve(begun, way.psu)
      const ended = await untilOver(begun.id)
      if (ended.consent.status !== 'AUTHORIZED') throw new Error(JSON.stringify(ended))
      const simulator = person.simulatorOf(begun.nextStep)
      return { way, consentId: ended.consent.id, sessionId: begun.id, step: begun.nextStep, simulator }
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  }
}

export const openScene = async (options?: GatewayOptions): Promise<Scene> => {
  const gateway = await startGateway(options)
  try {
    return await sceneOf(gateway)
  } catch (error) {
    await gateway[Symbol.asyncDispose]()
    throw error
  }
}

/** The same scene after the process has ended and another one runs on its data. */
export const reopen = async (scene: Scene, signal: NodeJS.Signals): Promise<Scene> =>
  await sceneOf(await scene.gateway.restart(signal))
