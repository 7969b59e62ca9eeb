import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/domain/errors.ts'
import { createEnableBankingConnector } from '../../../src/providers/enable-banking/connector.ts'
import { parseAttempt } from '../../../src/providers/enable-banking/sealed.ts'
import { press } from '../../sandbox/enable-banking-client.ts'
import { calling, caught, DAY_MS, startConnector } from './harness.ts'

describe('an authorization', () => {
  it('goes from the redirect over the callback to a consent with its end and its accounts', async () => {
    await using eb = await startConnector()
    const validUntil = new Date(Date.now() + 30 * DAY_MS)
    const started = await eb.start({ validUntil })
    expect(started).toMatchObject({ next: { kind: 'REDIRECT', iframeAllowed: false }, consent: null })
    expect(await eb.connector.status(started.state, calling())).toEqual(started)

    const done = await eb.complete(started.state, await eb.person(started, 'approve'))
    expect(done).toMatchObject({
      next: { kind: 'DONE' },
      consent: {
        status: 'AUTHORIZED',
        reason: null,
        expiresAt: validUntil,
        access: { balances: true, transactions: false, validUntil },
      },
    })
    expect(done.consent?.access?.accountIds).toHaveLength(3)

    const key = {
      consentId: 'con_1',
      providerConsentId: done.consent?.providerConsentId ?? '',
      institutionRef: null,
      secrets: null,
      user: null,
    } as const
    const [read] = await eb.connector.readConsents([key], calling())
    // The next read finds nothing new: no event without a change.
    expect(read).toEqual({ ...done.consent, secrets: null })
    expect(await eb.connector.status(done.state, calling())).toMatchObject({
      next: { kind: 'DONE' },
      consent: { status: 'AUTHORIZED' },
    })
  })

  it('is not exchanged twice by a callback that comes twice, nor undone by a late denial', async () => {
    await using eb = await startConnector()
    const started = await eb.start()
    const query = await eb.person(started, 'approve')
    const first = await eb.complete(started.state, query)
    const again = await eb.complete(first.state, query)
    expect(again.consent).toMatchObject({
      status: 'AUTHORIZED',
      providerConsentId: first.consent?.providerConsentId,
    })
    const denial = new URLSearchParams({ error: 'access_denied' })
    expect((await eb.complete(first.state, denial)).consent?.status).toBe('AUTHORIZED')
    expect(eb.sandbox.ledger.count('session.authorized')).toBe(1)

    const lost = await caught(eb.complete(started.state, query))
    expect(lost).toMatchObject({ code: 'OUTCOME_UNKNOWN', providerCode: 'ALREADY_AUTHORIZED' })
    expect(eb.sandbox.ledger.count('session.authorized')).toBe(1)
  })

  it.each([
    ['deny', 'REJECTED', 'DENIED_BY_USER', 'access_denied'],
    ['deny-without-words', 'REJECTED', 'DENIED_BY_USER', 'access_denied'],
    ['cancel', 'REJECTED', 'CANCELLED_BY_USER', 'access_denied'],
    ['wrong-password', 'FAILED', 'AUTHENTICATION_FAILED', 'access_denied'],
    ['no-access', 'FAILED', 'PROVIDER_ERROR', 'access_denied'],
    ['bank-error', 'FAILED', 'PROVIDER_ERROR', 'server_error'],
    ['invalid-client', 'FAILED', 'PROVIDER_ERROR', 'invalid_client'],
    ['late', 'EXPIRED', 'SESSION_EXPIRED', 'EXPIRED_AUTHORIZATION_CODE'],
  ])('ends when the person does %s: %s, %s', async (outcome, status, reason, raw) => {
    await using eb = await startConnector()
    const started = await eb.start()
    const done = await eb.complete(started.state, await eb.person(started, outcome))
    expect(done).toMatchObject({ next: { kind: 'DONE' }, consent: { status, reason, raw } })
    expect(done.state).toEqual(started.state)
    expect(eb.sandbox.ledger.count('session.authorized')).toBe(0)
  })

  it('still takes the code after a denial that came too early', async () => {
    await using eb = await startConnector()
    const started = await eb.start()
    const denied = await eb.complete(started.state, await eb.person(started, 'early-denial'))
    expect(denied.consent?.status).toBe('REJECTED')
    const done = await eb.complete(denied.state, await eb.person(started, 'approve'))
    expect(done.consent?.status).toBe('AUTHORIZED')
  })

  it('ends where no account is linked, and where the code was never issued', async () => {
    await using eb = await startConnector()
    const restricted = await eb.start({ institutionRef: 'FI:Sandbox No Accounts' })
    expect((await eb.complete(restricted.state, await eb.person(restricted, 'approve'))).consent).toMatchObject({
      status: 'FAILED',
      raw: 'NO_ACCOUNTS_ADDED',
    })
    const started = await eb.start()
    expect((await eb.complete(started.state, new URLSearchParams({ code: 'forged' }))).consent).toMatchObject({
      status: 'FAILED',
      raw: 'WRONG_AUTHORIZATION_CODE',
    })
    expect(await caught(eb.complete(started.state, new URLSearchParams()))).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['input', 'callbackUrl'],
    })
  })

  it('needs no call to be cancelled before the exchange, and ends the session after it', async () => {
    await using eb = await startConnector()
    const started = await eb.start()
    const before = eb.sandbox.calls().length
    await eb.connector.cancel(started.state, calling())
    await eb.connector.cancel({}, calling())
    expect(eb.sandbox.calls().length).toBe(before)
    const done = await eb.complete(started.state, await eb.person(started, 'approve'))
    await eb.connector.cancel(done.state, calling())
    await eb.connector.cancel(done.state, calling())
    expect(eb.sandbox.ledger.count('session.closed')).toBe(1)
    await expect(
      eb.connector.answer(started.state, { kind: 'OTP', stepRef: 'x', otp: '1' }, calling()),
    ).rejects.toMatchObject({ code: 'STATE_CONFLICT' })
  })
})

describe('the end of a consent', () => {
  it('is told apart: withdrawn, ended by the bank, closed by us, run out', async () => {
    await using eb = await startConnector()
    const ids = []
    for (let turn = 0; turn < 4; turn += 1) ids.push((await eb.authorize()).key)
    const [withdrawn, ended, closed, runOut] = ids
    if (!withdrawn || !ended || !closed || !runOut) throw new Error('four were authorized')
    for (const [key, by] of [
      [withdrawn, 'person'],
      [ended, 'bank'],
    ] as const) {
      const body = new URLSearchParams({ sessionid: key.providerConsentId, by })
      await fetch(`${eb.sandbox.url}/consents/end`, { method: 'POST', body, redirect: 'manual' })
    }
    await eb.connector.revoke(closed, null, calling())
    const read = await eb.connector.readConsents([closed, ended, withdrawn, runOut], calling())
    expect(read).toMatchObject([
      { status: 'REVOKED', raw: 'CLOSED', reason: 'REVOKED_BY_CLIENT' },
      { status: 'EXPIRED', raw: 'EXPIRED', reason: 'REVOKED_AT_INSTITUTION' },
      { status: 'REVOKED', raw: 'REVOKED', reason: 'REVOKED_AT_INSTITUTION' },
      { status: 'AUTHORIZED', raw: 'AUTHORIZED', reason: null },
    ])
    eb.clock.advance(90 * DAY_MS)
    expect(await eb.connector.readConsents([runOut, ended], calling())).toMatchObject([
      { status: 'EXPIRED', reason: 'VALIDITY_ENDED' },
      { status: 'EXPIRED', reason: 'REVOKED_AT_INSTITUTION' },
    ])
  })

  it('comes without a word where a bank allows one consent per person', async () => {
    await using eb = await startConnector()
    const older = await eb.authorize({ institutionRef: 'SE:Sandbox One Consent' })
    const newer = await eb.authorize({ institutionRef: 'SE:Sandbox One Consent' })
    const ofAnother = await eb.authorize({ institutionRef: 'SE:Sandbox One Consent', userId: 'usr_2' })
    expect(await eb.connector.readConsents([older.key, newer.key, ofAnother.key], calling())).toMatchObject([
      { status: 'EXPIRED', reason: 'REVOKED_AT_INSTITUTION' },
      { status: 'AUTHORIZED' },
      { status: 'AUTHORIZED' },
    ])
  })

  it('is confirmed by every answer that says so, and only by those', async () => {
    await using eb = await startConnector()
    const revoke = (key: Parameters<typeof eb.connector.revoke>[0]) => eb.connector.revoke(key, null, calling())
    const { key } = await eb.authorize()
    expect(await revoke(key)).toMatchObject({ status: 'REVOKED', raw: null })
    expect(await revoke(key)).toMatchObject({ status: 'REVOKED', raw: 'CLOSED_SESSION' })
    const soon = await eb.authorize({ institutionRef: 'FI:Sandbox Redirect-expires-soon' })
    eb.clock.advance(61_000)
    expect(await revoke(soon.key)).toMatchObject({ status: 'EXPIRED', raw: 'EXPIRED_SESSION' })
    expect(await revoke({ ...key, providerConsentId: 'unknown' })).toMatchObject({ raw: 'SESSION_DOES_NOT_EXIST' })
    expect(eb.sandbox.ledger.count('session.closed')).toBe(1)
  })

  it('is not taken for granted where the session is in a state that is no end', async () => {
    await using eb = await startConnector()
    const { key } = await eb.authorize()
    const open = await eb.start()
    const ofAttempt = { ...key, providerConsentId: parseAttempt(open.state).authorizationId ?? '' }
    expect(await caught(eb.connector.revoke(ofAttempt, null, calling()))).toMatchObject({
      code: 'PROVIDER_REJECTED',
      providerCode: 'WRONG_SESSION_STATUS',
    })
    await eb.person(open, 'deny')
    expect(await eb.connector.revoke(ofAttempt, null, calling())).toMatchObject({
      status: 'REJECTED',
      raw: 'CANCELLED',
    })
  })
})

describe('reading', () => {
  it('answers in the order of the keys, each with its own fault', async () => {
    await using eb = await startConnector()
    const weird = await eb.authorize({ institutionRef: 'FI:Sandbox Redirect-weird-status' })
    const busy = await eb.authorize({ institutionRef: 'FI:Sandbox Redirect-429' })
    const good = await eb.authorize()
    const unknown = { ...good.key, providerConsentId: 'unknown' }
    const read = await eb.connector.readConsents([weird.key, unknown, busy.key, good.key], calling())
    expect(read).toMatchObject([
      { status: null, raw: 'UNDER_REVIEW', reason: null },
      { code: 'PROVIDER_REJECTED', providerCode: 'SESSION_DOES_NOT_EXIST' },
      { code: 'PROVIDER_RATE_LIMITED', providerCode: 'ASPSP_RATE_LIMIT_EXCEEDED' },
      { status: 'AUTHORIZED' },
    ])
    expect(read[1]).toBeInstanceOf(GatewayError)
    // The documented form names no time to wait: what the vendor advises.
    const { retryAt } = read[2] as GatewayError
    expect(retryAt?.getTime()).toBeGreaterThan(Date.now() + 5 * 3_600_000)
  })

  it('reads fifty sessions with eight calls under way at most', async () => {
    await using eb = await startConnector()
    const { key } = await eb.authorize()
    let underWay = 0
    let most = 0
    const counted = {
      ...eb.upstream,
      call: async (request: Parameters<typeof eb.upstream.call>[0]) => {
        underWay += 1
        most = Math.max(most, underWay)
        try {
          return await eb.upstream.call(request)
        } finally {
          underWay -= 1
        }
      },
    }
    const connector = createEnableBankingConnector({
      upstream: counted,
      credential: { kind: 'KEY', ...eb.sandbox.credential },
      clock: eb.clock,
    })
    const keys = Array.from({ length: 50 }, (_, index) =>
      index % 2 === 0 ? key : { ...key, providerConsentId: `unknown-${index}` },
    )
    const read = await connector.readConsents(keys, calling())
    expect(read.map((one) => one instanceof GatewayError)).toEqual(keys.map((_, index) => index % 2 === 1))
    expect(most).toBe(8)
  })

  it('takes a 401 of an ended session as the end, not as our credential being refused', async () => {
    await using eb = await startConnector()
    const { key } = await eb.authorize()
    const body = { message: 'Session is expired', code: 401, error: 'EXPIRED_SESSION', detail: null }
    eb.sandbox.faults.next({ kind: 'status', status: 401, body, match: 'GET /sessions/:id' })
    expect(await eb.connector.readConsents([key], calling())).toMatchObject([
      { status: 'EXPIRED', raw: 'EXPIRED_SESSION' },
    ])
  })
})

describe('accounts', () => {
  it('have an identity that survives a renewal, and never show a whole number', async () => {
    await using eb = await startConnector()
    const [before, after] = [await eb.authorize(), await eb.authorize()]
    const read = (key: typeof before.key) => eb.connector.accounts?.(key, calling()) ?? []
    const [first, second] = [await read(before.key), await read(after.key)]
    expect(first.map(({ identity }) => identity)).toEqual(second.map(({ identity }) => identity))
    expect(first[0]?.id).not.toBe(second[0]?.id)
    expect(first).toMatchObject([
      { name: 'Current account', currency: 'EUR', kind: 'CACC' },
      { name: 'Savings account', kind: 'SVGS' },
      { name: 'Credit card', maskedNumber: '•••• 1234', currency: 'XXX', kind: 'CARD' },
      // Blocked: no uid, so that its identity names it.
      { id: first[3]?.identity, name: 'Blocked account' },
    ])
    for (const { maskedNumber } of first) expect(maskedNumber).toMatch(/^•••• .{4}$/)
    expect(JSON.stringify(before.key.secrets)).not.toMatch(/FI\d{16}/)
    expect(eb.sandbox.ledger.count('account.details.read')).toBe(0)
  })

  it('that came after the exchange are described once asked for, or named by identity alone', async () => {
    await using eb = await startConnector()
    const { key } = await eb.authorize({ institutionRef: 'FI:Sandbox Late Accounts' })
    expect(await eb.connector.accounts?.(key, calling())).toEqual([])
    eb.clock.advance(10_000)
    const described = await eb.connector.accounts?.(key, calling())
    expect(described?.map(({ name }) => name).toSorted()).toEqual(['Credit card', 'Current account', 'Savings account'])
    const body = { message: 'x', error: 'ASPSP_RATE_LIMIT_EXCEEDED' }
    eb.sandbox.faults.next({ kind: 'status', status: 429, body, match: 'GET /accounts/:uid/details', times: 3 })
    const limited = await eb.connector.accounts?.(key, calling())
    expect(limited).toHaveLength(3)
    expect(limited?.every(({ name, identity }) => name === null && identity !== null)).toBe(true)
  })

  it('of a session that has ended are refused, not empty', async () => {
    await using eb = await startConnector()
    const { key } = await eb.authorize()
    await eb.connector.revoke(key, null, calling())
    expect(await caught(Promise.resolve(eb.connector.accounts?.(key, calling())))).toMatchObject({
      code: 'PROVIDER_REJECTED',
      providerCode: 'CLOSED',
    })
  })
})

it('stays alive while the callback is on its way: the pages are another server', async () => {
  await using eb = await startConnector()
  const started = await eb.start()
  const url = started.next.kind === 'REDIRECT' ? started.next.url : ''
  expect(await press(url, 'walk-away')).toBeNull()
  expect(await eb.connector.status(started.state, calling())).toEqual(started)
})
