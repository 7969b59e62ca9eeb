import { describe, expect, it } from 'vitest'
import type { SessionStep } from '../../../src/domain/provider.ts'
import type { Fault } from '../../../src/sandbox/faults.ts'
import { BANK, type Bench, callFor, faultOf, GENERATIONS, startBench, toAnswer, toKey, toRequest } from './bench.ts'

const CREATE = 'POST /obp/:version/banks/:bankId/my/consents/:method'
const ANSWER = 'POST /obp/:version/banks/:bankId/consents/:consentId/challenge'
const REVOKE = 'GET /obp/:version/banks/:bankId/my/consents/:consentId/revoke'
const LIST = 'GET /obp/:version/banks/:bankId/my/consents'

/** The effect took place, and nobody was told. */
const LOSSES: readonly (readonly [string, Fault])[] = [
  ['a reset', { kind: 'reset-after-effect' }],
  ['half an answer', { kind: 'truncate' }],
  ['an answer that is no JSON', { kind: 'malformed' }],
  ['a 500', { kind: 'status', status: 500, afterEffect: true, body: { message: 'OBP-50005: An internal error.' } }],
  ['a proxy that gave up', { kind: 'status', status: 504, afterEffect: true }],
  ['JSON of another shape', { kind: 'status', status: 201, afterEffect: true, body: { id: 'x' } }],
  ['no status', { kind: 'status', status: 201, afterEffect: true, body: { consent_id: 'x', jwt: 'x' } }],
  ['a redirect', { kind: 'status', status: 302, afterEffect: true, headers: { Location: '/' } }],
]

const recover = (bench: Bench, wish?: Parameters<typeof toRequest>[0]): Promise<readonly SessionStep[]> => {
  const request = toRequest(wish, bench.clock.now())
  const draft = bench.connector.prepare(request)
  const lost = { draft, institutionRef: BANK, startedAt: request.now, user: null }
  return bench.connector.recoverStart?.(lost, callFor()) ?? Promise.reject(new Error('it can recover'))
}

describe.each(LOSSES)('%s', (_, fault) => {
  it('to a start is found again, and not sent twice', async () => {
    await using bench = await startBench()
    const request = toRequest({}, bench.clock.now())
    const draft = bench.connector.prepare(request)
    bench.sandbox.faults.next({ ...fault, match: CREATE })
    expect(await faultOf(bench.connector.start(request, draft, callFor()))).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(bench.sandbox.ledger.count('consent.created')).toBe(1)

    const lost = { draft, institutionRef: BANK, startedAt: request.now, user: null }
    const [found, ...others] = (await bench.connector.recoverStart?.(lost, callFor())) ?? []
    if (found === undefined) throw new Error('it was not found')
    expect(others).toEqual([])
    expect(found).toMatchObject({
      next: { kind: 'OTP', canResend: false },
      consent: { status: 'AWAITING_AUTHORIZATION' },
    })
    const done = await bench.connector.answer(found.state, toAnswer(found), callFor())
    expect(done.consent?.status).toBe('AUTHORIZED')
  })

  it('to an answer is told by the list, and not sent twice', async () => {
    await using bench = await startBench()
    const step = await bench.start()
    bench.sandbox.faults.next({ ...fault, match: ANSWER })
    expect(await faultOf(bench.connector.answer(step.state, toAnswer(step), callFor()))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    })
    expect(bench.sandbox.ledger.count('challenge.answered')).toBe(1)
    expect(bench.countCalls('/challenge')).toBe(1)
    expect(await bench.connector.status(step.state, callFor())).toMatchObject({
      next: { kind: 'DONE' },
      consent: { status: 'AUTHORIZED' },
    })
  })

  it('to a revocation is told by the list within the same call, and not sent twice', async () => {
    await using bench = await startBench()
    const done = await bench.authorize()
    bench.sandbox.faults.next({ ...fault, match: REVOKE })
    expect(await bench.connector.revoke(toKey(done), null, callFor())).toMatchObject({
      status: 'REVOKED',
      reason: null,
    })
    expect(bench.countCalls('/revoke')).toBe(1)
  })

  it('to a resend leaves the first code as it was', async () => {
    await using bench = await startBench()
    const step = await bench.start()
    bench.sandbox.faults.next({ ...fault, match: CREATE })
    expect(await faultOf(bench.connector.resend?.(step.state, callFor()) ?? Promise.resolve())).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    })
    expect(bench.sandbox.ledger.count('consent.created')).toBe(2)
    expect(bench.sandbox.ledger.count('consent.revoked')).toBe(0)
  })
})

describe('a call that certainly had no effect', () => {
  const REFUSALS: readonly (readonly [string, Fault, string])[] = [
    [
      'a rate limit',
      {
        kind: 'status',
        status: 429,
        body: { message: 'OBP-10018: Too Many Requests.' },
        headers: { 'X-Rate-Limit-Reset': '3600' },
      },
      'PROVIDER_RATE_LIMITED',
    ],
    ['a maintenance page', { kind: 'html', status: 503 }, 'PROVIDER_UNAVAILABLE'],
    ['a refusal without a number', { kind: 'status', status: 400, body: {} }, 'PROVIDER_REJECTED'],
  ]

  it.each(REFUSALS)('says so: %s', async (_, fault, code) => {
    await using bench = await startBench()
    const step = await bench.start()
    bench.sandbox.faults.next({ ...fault, match: ANSWER })
    expect(await faultOf(bench.connector.answer(step.state, toAnswer(step), callFor()))).toMatchObject({ code })
    expect(bench.countCalls('/challenge')).toBe(1)
    const done = await bench.connector.answer(step.state, toAnswer(step), callFor())
    expect(done.consent?.status).toBe('AUTHORIZED')
  })
})

describe('a bank that fails behind the server', () => {
  const broken: Fault = {
    kind: 'status',
    status: 400,
    body: { message: 'OBP-50200: Connector cannot return the data.' },
  }

  it('leaves an answer open: the list tells', async () => {
    await using bench = await startBench()
    const step = await bench.start()
    bench.sandbox.faults.next({ ...broken, match: ANSWER })
    const fault = await faultOf(bench.connector.answer(step.state, toAnswer(step), callFor()))
    expect(fault).toMatchObject({ code: 'OUTCOME_UNKNOWN', providerCode: 'OBP-50200' })
    expect((await bench.connector.status(step.state, callFor())).consent?.raw).toBe('INITIATED')
  })

  it('leaves a revocation open where the consent still lives', async () => {
    await using bench = await startBench()
    const done = await bench.authorize()
    bench.sandbox.faults.next({ ...broken, match: REVOKE })
    expect(await faultOf(bench.connector.revoke(toKey(done), null, callFor()))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    })
    expect(await bench.connector.revoke(toKey(done), null, callFor())).toMatchObject({ status: 'REVOKED' })
  })
})

describe('a revocation whose answer is lost', () => {
  it('stays open where the list cannot be read either', async () => {
    await using bench = await startBench()
    const done = await bench.authorize()
    bench.sandbox.faults.next({ kind: 'reset-after-effect', match: REVOKE })
    bench.sandbox.faults.next({ kind: 'html', match: LIST, times: 3 })
    expect(await faultOf(bench.connector.revoke(toKey(done), null, callFor()))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    })
    expect(bench.countCalls('/revoke')).toBe(1)
  })
})

describe.each(GENERATIONS)('recovery at a server of %s', (generation) => {
  it('finds nothing where the start never arrived', async () => {
    await using bench = await startBench({ generation })
    const request = toRequest({}, bench.clock.now())
    const draft = bench.connector.prepare(request)
    bench.sandbox.faults.next({ kind: 'reset-before', match: CREATE })
    expect((await faultOf(bench.connector.start(request, draft, callFor()))).code).toBe('OUTCOME_UNKNOWN')
    expect(
      await bench.connector.recoverStart?.(
        { draft, institutionRef: BANK, startedAt: request.now, user: null },
        callFor(),
      ),
    ).toEqual([])
  })

  it('takes no consent that was asked for otherwise, made at another time, or has ended', async () => {
    await using bench = await startBench({ generation })
    const at = bench.clock.now()
    const wish = { validUntil: new Date(at.getTime() + 600_000) }
    await bench.start({ ...wish, access: { accountIds: ['sandbox.otp.savings'] } })
    await bench.start({ ...wish, options: { consumerId: '7c1d6d5e-0000-4000-8000-000000000003' } })
    await bench.start({ ...wish, options: { entitlements: [{ bankId: '', roleName: 'CanGetAnyUser' }] } })
    await bench.start({ ...wish, institutionRef: 'sandbox.otp-by-email' })
    const ended = await bench.start(wish)
    await bench.connector.cancel(ended.state, callFor())
    await bench.start({ validUntil: new Date(at.getTime() + 610_000) })
    for (const seconds of [-10, 10]) {
      bench.clock.set(new Date(at.getTime() + seconds * 1000))
      await bench.start(wish)
    }
    bench.clock.set(at)
    const found = await recover(bench, wish)
    expect(found.map(({ consent }) => consent?.access)).toEqual([])
  })

  it('takes no consent that was made long before the call, though it begins at the same time', async () => {
    await using bench = await startBench({ generation })
    const validFrom = new Date(Math.floor(bench.clock.now().getTime() / 1000) * 1000 + 1_200_000)
    const wish = { options: { validFrom: validFrom.toISOString() }, validUntil: new Date(validFrom.getTime() + 60_000) }
    await bench.start(wish)
    bench.clock.advance(600_000)
    expect(await recover(bench, wish)).toEqual([])
  })

  it('finds those that fit, newest first, also one that needed no code', async () => {
    await using bench = await startBench({ generation })
    const at = new Date(Math.floor(bench.clock.now().getTime() / 1000) * 1000)
    const wish = { options: { validFrom: at.toISOString() }, validUntil: new Date(at.getTime() + 600_000) }
    const older = await bench.start(wish)
    bench.clock.advance(5_000)
    const newer = await bench.authorize(wish)
    bench.clock.advance(1_000)
    const found = await recover(bench, wish)
    expect(found.map(({ consent }) => consent?.providerConsentId)).toEqual([
      newer.consent?.providerConsentId,
      older.consent?.providerConsentId,
    ])
    expect(found.map(({ next }) => next.kind)).toEqual(['DONE', 'OTP'])
  })
})
