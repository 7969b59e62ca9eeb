import { describe, expect, it } from 'vitest'
import { parseAttempt } from '../../../src/providers/enable-banking/sealed.ts'
import type { FaultKind } from '../../../src/sandbox/faults.ts'
import { calling, caught, startConnector } from './harness.ts'

const afterEffect: readonly FaultKind[] = [
  { kind: 'reset-after-effect' },
  { kind: 'truncate' },
  { kind: 'malformed' },
  { kind: 'status', status: 500, body: { message: 'x', error: 'ASPSP_ERROR' }, afterEffect: true },
  { kind: 'status', status: 408, body: { message: 'x', error: 'ASPSP_TIMEOUT' }, afterEffect: true },
  { kind: 'status', status: 200, body: { message: 'OK' }, afterEffect: true },
]

describe('a start whose answer is lost', () => {
  it.each(afterEffect)('is unknown and made once: $kind $status', async (fault) => {
    await using eb = await startConnector()
    eb.sandbox.faults.next({ ...fault, match: 'POST /auth' })
    expect(await caught(eb.start())).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(eb.sandbox.ledger.count('authorization.started')).toBe(1)
    expect(eb.connector.recoverStart).toBeUndefined()
  })

  it('is not repeated where nothing happened either: nobody can tell', async () => {
    await using eb = await startConnector()
    eb.sandbox.faults.next({ kind: 'reset-before', match: 'POST /auth' })
    expect(await caught(eb.start())).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(eb.sandbox.ledger.count('authorization.started')).toBe(0)
    expect(eb.sandbox.calls().filter(({ path }) => path === '/auth')).toHaveLength(1)
  })

  it('sends nobody to an address that is no web page', async () => {
    await using eb = await startConnector()
    const body = { url: 'javascript:alert(1)', authorization_id: 'x', psu_id_hash: 'y' }
    eb.sandbox.faults.next({ kind: 'status', status: 200, body, match: 'POST /auth' })
    expect(await caught(eb.start())).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
  })
})

describe('an exchange whose answer is lost', () => {
  it.each(afterEffect)('is unknown, spends the code once, and is never made again: $kind $status', async (fault) => {
    await using eb = await startConnector()
    const started = await eb.start()
    const query = await eb.person(started, 'approve')
    eb.sandbox.faults.next({ ...fault, match: 'POST /sessions' })
    expect(await caught(eb.complete(started.state, query))).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(eb.sandbox.ledger.count('session.authorized')).toBe(1)
    expect(await caught(eb.complete(started.state, query))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      providerCode: 'ALREADY_AUTHORIZED',
    })
    expect(eb.sandbox.ledger.count('session.authorized')).toBe(1)
  })

  it('is not made again where nothing happened either: nobody can tell', async () => {
    await using eb = await startConnector()
    const started = await eb.start()
    const query = await eb.person(started, 'approve')
    eb.sandbox.faults.next({ kind: 'reset-before', match: 'POST /sessions' })
    expect(await caught(eb.complete(started.state, query))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      providerCode: null,
    })
    expect(eb.sandbox.ledger.count('session.authorized')).toBe(0)
    expect(eb.sandbox.calls().filter(({ path }) => path === '/sessions')).toHaveLength(1)
  })

  it('keeps the session id though the rest does not fit: else nobody could end the session', async () => {
    await using eb = await startConnector()
    const started = await eb.start()
    const body = { session_id: 'kept', accounts: [{ uid: 7 }, 'x'], access: { valid_until: 'soon', balances: 'yes' } }
    eb.sandbox.faults.next({ kind: 'status', status: 200, body, match: 'POST /sessions' })
    const done = await eb.complete(started.state, new URLSearchParams({ code: 'c' }))
    expect(done).toMatchObject({
      state: { sessionId: 'kept' },
      consent: { providerConsentId: 'kept', status: 'AUTHORIZED', access: { balances: null } },
    })
    // The end that was asked for stands in for the one that cannot be read.
    expect(done.consent?.expiresAt).toEqual(new Date(parseAttempt(started.state).validUntil))
  })

  it('leaves a bank that fails for another try of the same code', async () => {
    await using eb = await startConnector()
    const started = await eb.start()
    const query = await eb.person(started, 'approve')
    const body = { message: 'x', code: 400, error: 'ASPSP_ERROR', detail: 'Unknown error' }
    eb.sandbox.faults.next({ kind: 'status', status: 400, body, match: 'POST /sessions' })
    expect(await caught(eb.complete(started.state, query))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
    expect((await eb.complete(started.state, query)).consent?.status).toBe('AUTHORIZED')
  })
})

describe('a revocation whose answer is lost', () => {
  it.each<FaultKind>([{ kind: 'reset-after-effect' }, { kind: 'truncate' }, { kind: 'reset-before' }])(
    'is made again at once, and has happened once: $kind',
    async (fault) => {
      await using eb = await startConnector()
      const { key } = await eb.authorize()
      eb.sandbox.faults.next({ ...fault, match: 'DELETE /sessions/:id' })
      expect(await eb.connector.revoke(key, null, calling())).toMatchObject({ status: 'REVOKED' })
      expect(eb.sandbox.ledger.count('session.closed')).toBe(1)
    },
  )

  it('that stays lost is unknown, and the next try finds it done', async () => {
    await using eb = await startConnector()
    const { key } = await eb.authorize()
    eb.sandbox.faults.next({ kind: 'reset-after-effect', match: 'DELETE /sessions/:id', times: 3 })
    expect(await caught(eb.connector.revoke(key, null, calling()))).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(await eb.connector.revoke(key, null, calling())).toMatchObject({ raw: 'CLOSED_SESSION' })
    expect(eb.sandbox.ledger.count('session.closed')).toBe(1)
  })

  it('fails for as long as the bank does, and works then', async () => {
    await using eb = await startConnector()
    const { key } = await eb.authorize({ institutionRef: 'FI:Sandbox Redirect-5xx' })
    expect(await eb.connector.revoke(key, null, calling())).toMatchObject({ status: 'REVOKED' })
    expect(eb.sandbox.ledger.count('session.closed')).toBe(1)
  })
})

describe('a read', () => {
  it.each<[FaultKind, string]>([
    [{ kind: 'html' }, 'PROVIDER_UNAVAILABLE'],
    [{ kind: 'reset-before' }, 'PROVIDER_UNAVAILABLE'],
    [{ kind: 'truncate' }, 'PROVIDER_UNAVAILABLE'],
    [{ kind: 'malformed' }, 'PROVIDER_CONTRACT_VIOLATION'],
    [{ kind: 'html', status: 200 }, 'PROVIDER_CONTRACT_VIOLATION'],
    [{ kind: 'status', status: 200, body: { status: 7 } }, 'PROVIDER_CONTRACT_VIOLATION'],
    [{ kind: 'status', status: 302, headers: { Location: '/elsewhere' } }, 'PROVIDER_CONTRACT_VIOLATION'],
    [
      { kind: 'status', status: 401, body: { error: 'UNAUTHORIZED_ACCESS', message: 'x' } },
      'PROVIDER_CREDENTIALS_INVALID',
    ],
    [{ kind: 'status', status: 403, body: { error: 'ASPSP_PSU_ACTION_REQUIRED', message: 'x' } }, 'PROVIDER_REJECTED'],
    [{ kind: 'status', status: 418, body: { error: 'WORD_OF_TOMORROW', message: 'x' } }, 'PROVIDER_REJECTED'],
  ])('of %o is %s and says nothing of the consent', async (fault, code) => {
    await using eb = await startConnector()
    const { key } = await eb.authorize()
    eb.sandbox.faults.next({ ...fault, match: 'GET /sessions/:id', times: 3 })
    const [read] = await eb.connector.readConsents([key], calling())
    expect(read).toMatchObject({ code })
    eb.sandbox.faults.clear()
  })

  it('of a slow bank ends at its own deadline', async () => {
    await using eb = await startConnector({ slowDelayMs: 30_000 })
    const { key } = await eb.authorize()
    eb.sandbox.faults.next({ kind: 'delay', delayMs: 30_000, match: 'GET /sessions/:id' })
    expect(await eb.connector.readConsents([key], calling(200))).toMatchObject([{ code: 'PROVIDER_TIMEOUT' }])
  })
})
