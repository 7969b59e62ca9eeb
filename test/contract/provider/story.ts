import { expect } from 'vitest'
import type { Secrets } from '../../../src/domain/consent.ts'
import { GatewayError } from '../../../src/domain/errors.ts'
import { randomIds } from '../../../src/domain/ids.ts'
import type {
  CallContext,
  ConsentKey,
  ProviderConnector,
  ProviderConsent,
  ProviderUser,
  SessionStep,
  StartRequest,
} from '../../../src/domain/provider.ts'
import type { StepKind } from '../../../src/domain/step.ts'
import type { Deed, ProviderHarness, Stand, Trace } from './harness.ts'
import { PERSON, watch } from './witness.ts'

export const CALLBACK_URL = 'https://gateway.example/callback'

const EVERY_STEP: readonly StepKind[] = ['REDIRECT', 'OTP', 'QR', 'APP_LAUNCH', 'DECOUPLED', 'SELECT_METHOD', 'FORM']

/** In real time, as deadlines are. */
export const callFor = (ms = 10_000, signal: AbortSignal = new AbortController().signal): CallContext => ({
  signal,
  deadline: new Date(Date.now() + ms),
  requestId: randomIds.next('req'),
})

/** As it comes back from the store: what is no JSON does not survive. */
export const stored = <T extends Secrets | null>(sealed: T): T => JSON.parse(JSON.stringify(sealed)) as T

/** The error that it must end with; anything else is thrown on. */
export const faultOf = async (work: Promise<unknown>): Promise<GatewayError> => {
  try {
    await work
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('it was expected to fail')
}

/** The value, or the GatewayError that it ended with. */
export const settled = <T>(work: Promise<T>): Promise<T | GatewayError> =>
  work.catch((error: unknown) => {
    if (error instanceof GatewayError) return error
    throw error
  })

export interface Authorized {
  readonly step: SessionStep
  readonly consent: ProviderConsent
  readonly key: ConsentKey
}

/** One provider on its feet, with one user of ours, driven as the services drive it: state out, stored, state in. */
export interface Story extends Omit<Stand, 'person'> {
  readonly user: ProviderUser | null
  request(fields?: Partial<StartRequest>): StartRequest
  /** Prepared and started; waits are waited out, up to the person's step. */
  start(fields?: Partial<StartRequest>): Promise<SessionStep>
  person(step: SessionStep, deed: Deed): Promise<Trace>
  /** Hands on what the person left behind: one call. */
  hear(step: SessionStep, trace: Trace, by?: ProviderConnector): Promise<SessionStep>
  /** The same, and waits out what is to be waited for. */
  tell(step: SessionStep, trace: Trace, by?: ProviderConnector): Promise<SessionStep>
  /** Polls by the simulator's clock until there is nothing to wait for; gives up after some rounds. */
  settle(step: SessionStep, by?: ProviderConnector): Promise<SessionStep>
  /** The person does it, and the connector learns of it. */
  act(step: SessionStep, deed: Deed): Promise<SessionStep>
  authorize(fields?: Partial<StartRequest>): Promise<Authorized>
  read(key: ConsentKey): Promise<ProviderConsent | GatewayError>
  keyOf(consent: ProviderConsent, institutionRef?: string | null): ConsentKey
  /** Requests that reached the simulator meanwhile. */
  countCalls(work: () => Promise<unknown>): Promise<number>
}

const ROUNDS = 12

export const openStory = async (harness: ProviderHarness): Promise<Story> => {
  const stand = await harness.open()
  const canaries = [...harness.secrets, ...Object.values(PERSON)]
  const connector = watch(stand.connector, canaries)
  const { clock, simulator } = stand
  const userId = randomIds.next('usr')
  const made = (await connector.ensureUser?.(userId, callFor())) ?? null
  const user = made && { ...made, secrets: stored(made.secrets) }

  const request: Story['request'] = (fields = {}) => {
    const now = clock.now()
    const own = harness.request(now)
    return {
      sessionId: randomIds.next('aus'),
      consentId: randomIds.next('con'),
      userId,
      user,
      institutionRef: own.institutionRef,
      access: {
        permissions: [],
        accountIds: null,
        balances: true,
        transactions: true,
        validFrom: null,
        validUntil: own.validUntil,
      },
      validUntil: own.validUntil,
      now,
      psu: {
        type: 'PERSONAL',
        device: 'ANY',
        locale: null,
        referer: null,
        accept: null,
        acceptCharset: null,
        acceptEncoding: null,
        acceptLanguage: null,
        geoLocation: null,
        ...PERSON,
        ...own.psu,
      },
      supportedSteps: EVERY_STEP,
      callbackUrl: CALLBACK_URL,
      state: crypto.randomUUID(),
      returnTo: { success: 'https://app.example/done', cancel: null },
      options: null,
      renews: null,
      ...fields,
    }
  }

  const settle: Story['settle'] = async (step, by = connector) => {
    let current = step
    for (let round = 0; current.next.kind === 'WAIT' && round < ROUNDS; round += 1) {
      clock.advance(current.next.pollAfterMs)
      const polled = await by.status(stored(current.state), callFor())
      current = { ...polled, consent: polled.consent ?? current.consent }
    }
    return current
  }

  const hear: Story['hear'] = async (step, trace, by = connector) => {
    const state = stored(step.state)
    if (trace.kind === 'ANSWER') return await by.answer(state, trace.answer, callFor())
    if (trace.kind !== 'CALLBACK') return await by.status(state, callFor())
    if (by.complete === undefined) throw new Error('a callback, and nobody to take it')
    return await by.complete(state, trace.query, callFor())
  }

  const tell: Story['tell'] = async (step, trace, by = connector) => await settle(await hear(step, trace, by), by)

  const start: Story['start'] = async (fields) => {
    const asked = request(fields)
    const draft = stored(connector.prepare(asked))
    return await settle(await connector.start(asked, draft, callFor()))
  }

  const act: Story['act'] = async (step, deed) => await tell(step, await stand.person(step, deed))

  const keyOf: Story['keyOf'] = (consent, institutionRef = request().institutionRef) => {
    if (consent.providerConsentId === null) throw new Error('an authorized consent without an id')
    return {
      consentId: randomIds.next('con'),
      providerConsentId: consent.providerConsentId,
      institutionRef,
      secrets: stored(consent.secrets),
      user,
    }
  }

  return {
    ...stand,
    reconnect: () => watch(stand.reconnect(), canaries),
    connector,
    user,
    request,
    start,
    settle,
    hear,
    tell,
    act,
    keyOf,
    authorize: async (fields) => {
      const step = await act(await start(fields), 'APPROVE')
      expect(step).toMatchObject({ next: { kind: 'DONE' }, consent: { status: 'AUTHORIZED' } })
      const consent = step.consent!
      return { step, consent, key: keyOf(consent, fields?.institutionRef) }
    },
    read: async (key) => {
      const [read, ...others] = await connector.readConsents([key], callFor())
      expect(others).toEqual([])
      return read!
    },
    countCalls: async (work) => {
      const before = simulator.calls().length
      await work()
      // One round trip more, not counted: what was sent without awaiting it has arrived, too.
      await (await fetch(`${simulator.url}/_sandbox/clock`)).text()
      return simulator.calls().length - before
    },
    [Symbol.asyncDispose]: () => stand[Symbol.asyncDispose](),
  }
}
