import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/domain/errors.ts'
import type { ProviderConnector, SessionStep, StartRequest } from '../../../src/domain/provider.ts'
import type { StepAnswer } from '../../../src/domain/step.ts'
import type { ProviderHarness } from './harness.ts'
import { callFor, faultOf, openStory, settled, type Story, stored } from './story.ts'
import { expectNoSecret, IN_A_SENTENCE, PERSON } from './witness.ts'

const freeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  Object.values(value).forEach(freeze)
  return Object.freeze(value)
}

const refusalOf = ({ prepare }: ProviderConnector, request: StartRequest): GatewayError => {
  try {
    prepare(request)
  } catch (error) {
    return error as GatewayError
  }
  throw new Error('it was expected to be refused')
}

/** Steps that a person answers to the gateway; all others are done elsewhere. */
const ANSWERS: readonly StepAnswer[] = [
  { kind: 'OTP', stepRef: 'step', otp: '80427135' },
  { kind: 'METHOD', stepRef: 'step', methodId: 'method' },
  { kind: 'FORM', stepRef: 'step', values: new Map([['field', 'value']]) },
]

const answerIsTaken = ({ connector }: Story, { kind }: StepAnswer): boolean =>
  connector.capabilities.steps.includes(kind === 'METHOD' ? 'SELECT_METHOD' : kind)

const describePrepare = (harness: ProviderHarness): void => {
  it('is pure: no call, no change, the same draft again', async () => {
    await using story = await openStory(harness)
    const request = freeze(story.request())
    const calls = await story.countCalls(async () => {
      const draft = story.connector.prepare(request)
      expect(story.connector.prepare(request)).toEqual(draft)
      expect(stored(draft)).toEqual(draft)
      await Promise.resolve()
    })
    expect(calls).toBe(0)
  })

  it('keeps nothing of the person in the draft', async () => {
    await using story = await openStory(harness)
    const draft = story.connector.prepare(story.request())
    expectNoSecret(draft, [...harness.secrets, ...Object.values(PERSON)], 'the draft')
  })

  it('refuses a client that can show none of the steps, and says which input it was', async () => {
    await using story = await openStory(harness)
    const fault = refusalOf(story.connector, story.request({ supportedSteps: [] }))
    expect(fault).toMatchObject({ code: 'STEP_UNSUPPORTED', path: ['input', 'supportedSteps'] })
  })

  it('refuses options that are not of this provider', async () => {
    await using story = await openStory(harness)
    const fault = refusalOf(story.connector, story.request({ options: { nobodyKnowsThis: true } }))
    expect(fault.code).toBe('INVALID_INPUT')
    expect(fault.path?.slice(0, 3)).toEqual(['input', 'providerOptions', story.connector.optionsName])
  })

  it('refuses what a missing capability would drop', async () => {
    await using story = await openStory(harness)
    const { accountSelection, validitySelection } = story.connector.capabilities
    const { access } = story.request()
    if (!accountSelection) {
      const fault = refusalOf(story.connector, story.request({ access: { ...access, accountIds: ['an-account'] } }))
      expect(fault).toMatchObject({ code: 'CAPABILITY_NOT_SUPPORTED', path: ['input', 'access', 'accountIds'] })
    }
    if (!validitySelection) {
      const validUntil = new Date(story.clock.now().getTime() + 60_000)
      const fault = refusalOf(story.connector, story.request({ validUntil, access: { ...access, validUntil } }))
      expect(fault.code).toBe('CAPABILITY_NOT_SUPPORTED')
      expect(fault.path?.slice(0, 3)).toEqual(['input', 'access', 'validity'])
    }
  })
}

const expectNoGrant = async ({ connector }: Story, { state }: SessionStep, query: URLSearchParams): Promise<void> => {
  if (connector.complete === undefined) return
  const outcome = await settled(connector.complete(stored(state), query, callFor()))
  if (!(outcome instanceof GatewayError)) expect(outcome.consent?.status).not.toBe('AUTHORIZED')
}

const describeSteps = (harness: ProviderHarness): void => {
  it.each(ANSWERS)(
    'that is answered with $kind is refused where there is no such step, without a call',
    async (answer) => {
      await using story = await openStory(harness)
      const { state } = await story.start()
      if (answerIsTaken(story, answer)) return
      const calls = await story.countCalls(async () => {
        const { code } = await faultOf(story.connector.answer(stored(state), answer, callFor()))
        expect(code).toMatch(/^(STATE_CONFLICT|INVALID_INPUT|CAPABILITY_NOT_SUPPORTED|STEP_CHANGED)$/)
      })
      expect(calls).toBe(0)
    },
  )

  it('that is not the current one is not answered', async () => {
    await using story = await openStory(harness)
    const { state } = await story.start()
    const calls = await story.countCalls(async () => {
      for (const answer of ANSWERS.filter((one) => answerIsTaken(story, one))) {
        expect((await faultOf(story.connector.answer(stored(state), answer, callFor()))).code).toBe('STEP_CHANGED')
      }
    })
    expect(calls).toBe(0)
  })

  it('offers a new code just where one can be had', async () => {
    await using story = await openStory(harness)
    const started = await story.start()
    const { connector } = story
    const offers = started.next.kind === 'OTP' && started.next.canResend
    if (!connector.capabilities.steps.includes('OTP')) expect(connector.resend).toBeUndefined()
    if (!offers) return
    expect(connector.resend).toBeDefined()
    const again = await connector.resend!(stored(started.state), callFor())
    expect(again.next.kind).toBe('OTP')
    expect((await story.act(again, 'APPROVE')).consent?.status).toBe('AUTHORIZED')
  })

  it('by redirect has a way back, and others have none', async () => {
    await using story = await openStory(harness)
    const { capabilities, complete } = story.connector
    expect(complete !== undefined).toBe(capabilities.steps.includes('REDIRECT'))
  })

  it('comes back with nothing, and that is no grant', async () => {
    await using story = await openStory(harness)
    const started = await story.start()
    for (const query of ['', 'code=nobody-made-this', 'error=%00&error_description=x', 'session_id=another']) {
      await expectNoGrant(story, started, new URLSearchParams(query))
    }
  })

  it('comes back with words of the bank about the person, which are not repeated', async () => {
    await using story = await openStory(harness)
    const started = await story.start()
    for (const said of IN_A_SENTENCE.map((one) => `Not for ${one}`)) {
      for (const error of ['access_denied', 'server_error', said]) {
        const words = { error, error_type: error, error_description: said, error_id: said, error_uri: said }
        await expectNoGrant(story, started, new URLSearchParams(words))
      }
    }
  })
}

const describeNews = (harness: ProviderHarness): void => {
  it('is taken from the provider only: a forged signature is refused without a call', async () => {
    await using story = await openStory(harness)
    const { capabilities, decodeWebhook } = story.connector
    if (capabilities.statusUpdates.kind === 'WEBHOOK') expect(decodeWebhook).toBeDefined()
    if (decodeWebhook === undefined) return
    const body = new TextEncoder().encode(JSON.stringify({ data: { event: 'consent.revoked', consent_id: 'x' } }))
    const forged = Buffer.from(crypto.getRandomValues(new Uint8Array(32)))
    const calls = await story.countCalls(async () => {
      for (const signature of ['', 'x', forged.toString('base64'), forged.toString('hex')]) {
        const names = ['x-signature', `x-${story.connector.optionsName.toLowerCase()}-signature`]
        const headers = Object.fromEntries(names.map((name) => [name, signature]))
        const { code } = await faultOf(decodeWebhook({ headers, body, receivedAt: new Date() }))
        expect(code).toBe('UNAUTHENTICATED')
      }
    })
    expect(calls).toBe(0)
  })

  it('is asked for at an interval where nobody tells', async () => {
    await using story = await openStory(harness)
    expect(story.connector.capabilities.statusUpdates.pollIntervalMs).toBeGreaterThan(0)
  })
}

const describeHealth = (harness: ProviderHarness): void => {
  it('is good while the provider takes our credentials', async () => {
    await using story = await openStory(harness)
    expect(await story.connector.check(callFor())).toMatchObject({ ok: true })
  })

  it.each([401, 403])('is not good while it answers %i, and says so in our own words', async (status) => {
    await using story = await openStory(harness)
    story.simulator.faults.next({ kind: 'status', status, times: 50 })
    const report = await story.connector.check(callFor()).catch((error: unknown) => error)
    if (report instanceof GatewayError) expect(report.code).toBe('PROVIDER_CREDENTIALS_INVALID')
    else expect(report).toMatchObject({ ok: false })
  })
}

export const describePromises = (harness: ProviderHarness): void => {
  describe('prepare', () => describePrepare(harness))
  describe('a step', () => describeSteps(harness))
  describe('news', () => describeNews(harness))
  describe('health', () => describeHealth(harness))
}
