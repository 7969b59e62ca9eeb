import { describe, expect, it } from 'vitest'
import { isFinalConsent } from '../../../src/domain/consent.ts'
import { type ErrorCode, GatewayError } from '../../../src/domain/errors.ts'
import type { CallContext } from '../../../src/domain/provider.ts'
import type { FaultKind } from '../../../src/sandbox/faults.ts'
import type { Effect, ProviderHarness } from './harness.ts'
import { type Authorized, callFor, faultOf, openStory, settled, type Story, stored } from './story.ts'
import { PERSON } from './witness.ts'

type Read = (story: Story, of: Authorized, call: CallContext) => Promise<unknown>

/** What may be repeated: each makes a call of its own at the provider. */
const READS: Readonly<Record<string, Read>> = {
  status: ({ connector }, { step }, call) => connector.status(stored(step.state), call),
  readConsents: async ({ connector }, { key }, call) => {
    const [read] = await connector.readConsents([key], call)
    if (read instanceof GatewayError) throw read
    return read
  },
  institutions: ({ connector }, _, call) => connector.institutions(call),
  accounts: ({ connector }, { key }, call) => connector.accounts?.(key, call) ?? Promise.resolve(),
}

/** A provider without accounts has nothing to read there: that it says so is asserted with its other capabilities. */
const isRead = (name: string, { connector }: Story): boolean => name !== 'accounts' || connector.accounts !== undefined

const RETRY_AFTER_SECONDS = 120

interface Fault {
  readonly name: string
  readonly fault: FaultKind
  readonly codes: readonly ErrorCode[]
}

const BROKEN: readonly ErrorCode[] = ['PROVIDER_CONTRACT_VIOLATION']
const DOWN: readonly ErrorCode[] = ['PROVIDER_UNAVAILABLE']

const READ_FAULTS: readonly Fault[] = [
  { name: 'a body that is no JSON', fault: { kind: 'malformed' }, codes: BROKEN },
  { name: 'JSON of another shape', fault: { kind: 'status', status: 200, body: 'surprise' }, codes: BROKEN },
  { name: 'JSON that is null', fault: { kind: 'status', status: 200, body: null }, codes: BROKEN },
  { name: 'a page in place of an answer', fault: { kind: 'html', status: 200 }, codes: BROKEN },
  { name: 'a redirect', fault: { kind: 'status', status: 302, headers: { Location: '/' } }, codes: BROKEN },
  { name: 'half an answer', fault: { kind: 'truncate' }, codes: [...DOWN, ...BROKEN] },
  { name: 'a proxy without a server', fault: { kind: 'html', status: 502 }, codes: DOWN },
  { name: 'a 500 without words', fault: { kind: 'status', status: 500 }, codes: DOWN },
  { name: 'a connection that is reset', fault: { kind: 'reset-before' }, codes: DOWN },
  { name: 'a 429 without Retry-After', fault: { kind: 'status', status: 429 }, codes: ['PROVIDER_RATE_LIMITED'] },
  {
    name: 'a 429 with Retry-After',
    fault: { kind: 'status', status: 429, headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) } },
    codes: ['PROVIDER_RATE_LIMITED'],
  },
]

const isRetryAfter = ({ fault }: Fault): boolean =>
  fault.kind === 'status' && fault.headers?.['Retry-After'] !== undefined

/** In the words of every dialect at once, with the person in each sentence. */
const gossip = (): Readonly<Record<string, unknown>> => {
  const sentence = `OBP-99999: ${Object.values(PERSON).join(' ')} is refused`
  const words = [
    'message',
    'error',
    'detail',
    'error_description',
    'name',
    'errorCode',
    'errorMessage',
    'code',
    'title',
  ]
  return Object.fromEntries(words.map((word) => [word, sentence]))
}

const LOSSES: readonly (readonly [string, FaultKind])[] = [
  ['a reset', { kind: 'reset-after-effect' }],
  ['half an answer', { kind: 'truncate' }],
  ['a body that is no JSON', { kind: 'malformed' }],
  ['JSON of another shape', { kind: 'status', status: 200, body: 'surprise', afterEffect: true }],
  ['a 500', { kind: 'status', status: 500, afterEffect: true }],
  ['a proxy that gave up', { kind: 'status', status: 504, afterEffect: true }],
]

const lose = ({ simulator }: Story, { route }: Effect, fault: FaultKind): void =>
  simulator.faults.next({ ...fault, match: route, times: 1 })

const describeReadFaults = (harness: ProviderHarness): void => {
  describe.each(Object.entries(READS))('%s', (name, read) => {
    it.each(READ_FAULTS)('rejects in our own words for $name, and forgets nothing by it', async (given) => {
      await using story = await openStory(harness)
      const authorized = await story.authorize()
      if (!isRead(name, story)) return
      story.simulator.faults.next({ ...given.fault, times: 50 })
      const askedAt = Date.now()
      const fault = await faultOf(read(story, authorized, callFor()))
      expect(given.codes).toContain(fault.code)
      expect(fault.retryable).toBe(true)
      if (isRetryAfter(given)) {
        const waitMs = fault.retryAt!.getTime() - askedAt
        expect(waitMs).toBeGreaterThan((RETRY_AFTER_SECONDS - 30) * 1000)
        expect(waitMs).toBeLessThan((RETRY_AFTER_SECONDS + 30) * 1000)
      } else if (fault.retryAt !== null) expect(fault.retryAt.getTime()).toBeGreaterThanOrEqual(askedAt)

      story.simulator.faults.clear()
      expect(await story.read(authorized.key)).toMatchObject({ status: 'AUTHORIZED' })
    })

    it.each([400, 404, 500])('repeats nothing of what a %i says about the person', async (status) => {
      await using story = await openStory(harness)
      const authorized = await story.authorize()
      if (!isRead(name, story)) return
      story.simulator.faults.next({ kind: 'status', status, body: gossip(), times: 50 })
      await faultOf(read(story, authorized, callFor()))
    })
  })
}

const describeGossip = (harness: ProviderHarness): void => {
  it.each([400, 422, 500])('repeats nothing of what a %i says about the person', async (status) => {
    await using story = await openStory(harness)
    const { key } = await story.authorize()
    const open = await story.start()
    const asked = story.request()
    const draft = stored(story.connector.prepare(asked))
    const trace = await story.person(open, 'APPROVE')
    story.simulator.faults.next({ kind: 'status', status, body: gossip(), times: 100 })
    await faultOf(story.connector.start(asked, draft, callFor()))
    await settled(story.hear(open, trace))
    await settled(story.connector.cancel(stored(open.state), callFor()))
    await faultOf(story.connector.revoke(key, null, callFor()))
  })
}

const describeLosses = (harness: ProviderHarness): void => {
  it.each(LOSSES)('to a start is no known outcome, and is not sent twice: %s', async (_, fault) => {
    await using story = await openStory(harness)
    const request = story.request()
    const draft = stored(story.connector.prepare(request))
    lose(story, harness.start, fault)
    const { code } = await faultOf(story.connector.start(request, draft, callFor()))
    if (harness.start.harmless)
      expect(['PROVIDER_UNAVAILABLE', 'PROVIDER_CONTRACT_VIOLATION', 'OUTCOME_UNKNOWN']).toContain(code)
    else expect(code).toBe('OUTCOME_UNKNOWN')
    expect(story.simulator.ledger.count(harness.start.effect)).toBe(1)

    if (story.connector.recoverStart === undefined) return
    const lost = { draft, institutionRef: request.institutionRef, startedAt: request.now, user: story.user }
    const [found, ...others] = await story.connector.recoverStart(lost, callFor())
    expect(others).toEqual([])
    const done = await story.act(await story.settle(found!), 'APPROVE')
    expect(done.consent?.status).toBe('AUTHORIZED')
    expect(story.simulator.ledger.count(harness.start.effect)).toBe(1)
  })

  it('of a start that never arrived leaves nothing to find', async () => {
    await using story = await openStory(harness)
    const request = story.request()
    const draft = stored(story.connector.prepare(request))
    story.simulator.faults.next({ kind: 'reset-before', match: harness.start.route, times: 3 })
    await faultOf(story.connector.start(request, draft, callFor()))
    expect(story.simulator.ledger.count(harness.start.effect)).toBe(0)
    story.simulator.faults.clear()
    const lost = { draft, institutionRef: request.institutionRef, startedAt: request.now, user: story.user }
    expect((await story.connector.recoverStart?.(lost, callFor())) ?? []).toEqual([])
  })

  const { grant } = harness
  if (grant !== null) {
    it.each(LOSSES)('to the grant is no known outcome, and is not sent twice: %s', async (_, fault) => {
      await using story = await openStory(harness)
      const started = await story.start()
      const trace = await story.person(started, 'APPROVE')
      lose(story, grant, fault)
      expect((await faultOf(story.hear(started, trace))).code).toBe('OUTCOME_UNKNOWN')
      expect(story.simulator.ledger.count(grant.effect)).toBe(1)
      const after = await settled(story.connector.status(stored(started.state), callFor()))
      // An answer can be read again; a code that is spent cannot.
      if (trace.kind === 'ANSWER') expect(after).toMatchObject({ consent: { status: 'AUTHORIZED' } })
      else expect((await faultOf(story.hear(started, trace))).code).toBe('OUTCOME_UNKNOWN')
      expect(story.simulator.ledger.count(grant.effect)).toBe(1)
    })
  }

  it.each(LOSSES)('to a revocation is found out, at once or by the next try: %s', async (_, fault) => {
    await using story = await openStory(harness)
    const { key } = await story.authorize()
    lose(story, harness.revoke, fault)
    const first = await settled(story.connector.revoke(key, null, callFor()))
    if (first instanceof GatewayError) expect(first.code).toBe('OUTCOME_UNKNOWN')
    const second = await story.connector.revoke(key, null, callFor())
    expect(isFinalConsent(second.status!)).toBe(true)
    expect(story.simulator.ledger.count(harness.revoke.effect)).toBe(1)
  })
}

/** Calls under way when their caller goes: `arrived` runs once the provider has the request. */
const hang = (story: Story, arrived: () => void): void => {
  const match = (): boolean => {
    setImmediate(arrived)
    return true
  }
  story.simulator.faults.next({ kind: 'delay', delayMs: 600_000, at: 'request', match })
}

const describeAbort = (harness: ProviderHarness): void => {
  const gone = new GatewayError('DEADLINE_EXCEEDED', { message: 'Nobody waits any more.' })

  // Vitest fails the run for a rejection that nobody handles.
  it.each(Object.entries(READS))('ends %s when its caller goes away', async (name, read) => {
    await using story = await openStory(harness)
    const authorized = await story.authorize()
    if (!isRead(name, story)) return
    const caller = new AbortController()
    hang(story, () => caller.abort(gone))
    const { code } = await faultOf(read(story, authorized, callFor(10_000, caller.signal)))
    expect(code).toMatch(/^(DEADLINE_EXCEEDED|PROVIDER_TIMEOUT)$/)
  })

  it('ends a start when its caller goes away', async () => {
    await using story = await openStory(harness)
    const request = story.request()
    const draft = stored(story.connector.prepare(request))
    const caller = new AbortController()
    hang(story, () => caller.abort(gone))
    const { code } = await faultOf(story.connector.start(request, draft, callFor(10_000, caller.signal)))
    expect(code).toMatch(/^(DEADLINE_EXCEEDED|PROVIDER_TIMEOUT|OUTCOME_UNKNOWN)$/)
  })

  it('makes no call for a caller who has gone already', async () => {
    await using story = await openStory(harness)
    const { key } = await story.authorize()
    const call = callFor(10_000, AbortSignal.abort(gone))
    const asked = story.request()
    const count = await story.countCalls(async () => {
      await faultOf(story.connector.start(asked, stored(story.connector.prepare(asked)), call))
      await faultOf(story.connector.revoke(key, null, call))
      await faultOf(story.connector.institutions(call))
      expect((await story.connector.readConsents([key], call))[0]).toBeInstanceOf(GatewayError)
    })
    expect(count).toBe(0)
  })

  it('ends at its deadline though the provider does not answer', async () => {
    await using story = await openStory(harness)
    await story.authorize()
    hang(story, () => {})
    expect((await faultOf(story.connector.institutions(callFor(150)))).code).toBe('PROVIDER_TIMEOUT')
  })
}

export const describeFaults = (harness: ProviderHarness): void => {
  describe('a read', () => describeReadFaults(harness))
  describe('a change', () => describeGossip(harness))
  describe('a lost answer', () => describeLosses(harness))
  describe('a call', () => describeAbort(harness))
}
