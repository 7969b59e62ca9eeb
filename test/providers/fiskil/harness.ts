import type { Secrets } from '../../../src/domain/consent.ts'
import type { GatewayError } from '../../../src/domain/errors.ts'
import type { CallContext, ConsentKey, ProviderUser, SessionStep, StartRequest } from '../../../src/domain/provider.ts'
import type { FiskilSettings } from '../../../src/providers/fiskil/config.ts'
import { createFiskilConnector, FISKIL_UPSTREAM } from '../../../src/providers/fiskil/connector.ts'
import { parseAttempt } from '../../../src/providers/fiskil/sealed.ts'
import { createMovableClock } from '../../../src/sandbox/clock.ts'
import { FISKIL_SANDBOX_SEED } from '../../../src/sandbox/fiskil/seed.ts'
import type { FiskilSandboxOptions } from '../../../src/sandbox/fiskil/server.ts'
import { createFiskilSandbox } from '../../../src/sandbox/fiskil/server.ts'
import type { SimulatorRequest } from '../../../src/sandbox/request.ts'
import { createUpstream } from '../../../src/upstream/upstream.ts'
import { personAt } from '../../sandbox/fiskil-client.ts'

export const DAY_MS = 86_400_000
export const BANK = 'sandbox.redirect'

export const calling = (timeoutMs = 10_000): CallContext => ({
  signal: AbortSignal.timeout(timeoutMs),
  deadline: new Date(Date.now() + timeoutMs),
  requestId: 'req_test',
})

/** Rejections as values. */
export const caught = (promise: Promise<unknown>): Promise<GatewayError> =>
  promise.then(
    () => {
      throw new Error('it resolved')
    },
    (error: unknown) => error as GatewayError,
  )

const nobody = {
  type: 'PERSONAL',
  device: 'ANY',
  locale: null,
  email: 'psu@b.example',
  phone: '+61400000000',
  personalNumber: null,
  ipAddress: null,
  userAgent: null,
  referer: null,
  accept: null,
  acceptCharset: null,
  acceptEncoding: null,
  acceptLanguage: null,
  geoLocation: null,
} as const satisfies StartRequest['psu']

export interface HarnessOptions extends FiskilSandboxOptions {
  readonly settings?: Partial<FiskilSettings>
  readonly now?: () => number
}

/** The connector over real HTTP against the simulator. */
export const startConnector = async ({ settings = {}, now, ...options }: HarnessOptions = {}) => {
  const clock = createMovableClock()
  const sandbox = await createFiskilSandbox({ clock, ...options })
  const upstream = createUpstream({ ...FISKIL_UPSTREAM, baseUrl: sandbox.url })
  const { clientId, clientSecret, webhookSecret } = FISKIL_SANDBOX_SEED
  const connector = createFiskilConnector({
    baseUrl: sandbox.url,
    clientId,
    clientSecret,
    webhookSecret,
    apiVersion: 'v3',
    ...settings,
    upstream,
    clock,
    ...(now === undefined ? {} : { now }),
  })

  const newUser = async (): Promise<ProviderUser> => {
    if (connector.ensureUser === undefined) throw new Error('no users')
    return await connector.ensureUser('usr_1', calling())
  }
  const user = await newUser()

  const request = (fields: Partial<StartRequest> = {}): StartRequest => ({
    sessionId: 'aus_1',
    consentId: 'con_1',
    userId: 'usr_1',
    user,
    institutionRef: BANK,
    access: {
      permissions: [],
      accountIds: null,
      balances: true,
      transactions: false,
      validFrom: null,
      validUntil: null,
    },
    validUntil: null,
    now: clock.now(),
    psu: nobody,
    supportedSteps: ['REDIRECT'],
    callbackUrl: 'http://localhost:4000/callback/fiskil',
    state: 'state-of-ours',
    returnTo: { success: 'http://localhost:3000/done', cancel: null },
    options: null,
    renews: null,
    ...fields,
  })

  const start = async (fields: Partial<StartRequest> = {}): Promise<SessionStep> => {
    const asked = request(fields)
    return await connector.start(asked, connector.prepare(asked), calling())
  }

  /** Presses a button; resolves with the query of the address that the person is sent back to. */
  const person = async (step: SessionStep, outcome: string, bank = BANK): Promise<URLSearchParams> => {
    const answer = await personAt(sandbox).finish(parseAttempt(step.state).sessionId, outcome, { institution_id: bank })
    return answer.to?.searchParams ?? new URLSearchParams()
  }

  const complete = (state: Secrets, query: URLSearchParams): Promise<SessionStep> => {
    if (connector.complete === undefined) throw new Error('no callback')
    return connector.complete(state, query, calling())
  }

  const keyOf = (step: SessionStep): ConsentKey => ({
    consentId: 'con_1',
    providerConsentId: step.consent?.providerConsentId ?? '',
    institutionRef: BANK,
    secrets: null,
    user,
  })

  /** Started, approved and completed. */
  const authorize = async (fields: Partial<StartRequest> = {}): Promise<SessionStep & { readonly key: ConsentKey }> => {
    const started = await start(fields)
    const done = await complete(started.state, await person(started, 'approve'))
    return { ...done, key: keyOf(done) }
  }

  /** Every request from now on, as the simulator sees it. */
  const watch = (): readonly SimulatorRequest[] => {
    const seen: SimulatorRequest[] = []
    sandbox.faults.next({ kind: 'delay', delayMs: 0, match: (sent) => seen.push(sent) < 0 })
    return seen
  }

  return {
    sandbox,
    clock,
    upstream,
    connector,
    user,
    newUser,
    request,
    start,
    person,
    complete,
    authorize,
    watch,
    [Symbol.asyncDispose]: async () => {
      await upstream.close()
      await sandbox.close()
    },
  }
}
