import { describe, expect, it } from 'vitest'
import type { StartRequest } from '../../../src/domain/provider.ts'
import type { FaultKind } from '../../../src/sandbox/faults.ts'
import { BANK, calling, caught, DAY_MS, startConnector } from './harness.ts'

describe('a start', () => {
  it('sends what is needed, with our state in both addresses, and nothing of the person', async () => {
    await using fiskil = await startConnector()
    const seen = fiskil.watch()
    const step = await fiskil.start()
    const sent = seen.find(({ path }) => path === '/v1/auth/session')
    expect(sent?.json()).toEqual({
      end_user_id: fiskil.user.ref,
      redirect_uri: 'http://localhost:4000/callback/fiskil?state=state-of-ours&leg=success',
      cancel_uri: 'http://localhost:4000/callback/fiskil?state=state-of-ours&leg=cancel',
      institution_id: BANK,
      permissions: ['accounts', 'balances'],
    })
    expect(sent?.headers['x-fiskil-version']).toBe('v3')
    expect(step).toMatchObject({
      next: {
        kind: 'REDIRECT',
        url: expect.stringContaining('/auth?sess_id='),
        popupAllowed: true,
        iframeAllowed: false,
      },
      consent: null,
      pollAfterMs: 60_000,
    })
    expect(fiskil.sandbox.calls().filter(({ path }) => path === '/v1/consent')).toEqual([])
  })

  it('names no person to Fiskil', async () => {
    await using fiskil = await startConnector()
    const seen = fiskil.watch()
    await fiskil.newUser()
    expect(seen.find(({ path }) => path === '/v1/end-users')?.json()).toEqual({})
  })

  it.each([
    ['epoch-seconds', 900],
    ['date-time', 5 * 86_400],
  ] as const)('takes the end of the session from Fiskil: %s, %i s', async (sessionExpiryForm, sessionSeconds) => {
    await using fiskil = await startConnector({ sessionExpiryForm, sessionSeconds })
    const expected = fiskil.clock.now().getTime() + sessionSeconds * 1000
    const { expiresAt, next } = await fiskil.start()
    expect(Math.abs((expiresAt?.getTime() ?? 0) - expected)).toBeLessThan(5000)
    expect(next).toMatchObject({ kind: 'REDIRECT', expiresAt })
  })

  it('lets the person choose the bank where none is named', async () => {
    await using fiskil = await startConnector()
    const step = await fiskil.start({ institutionRef: null })
    const done = await fiskil.complete(step.state, await fiskil.person(step, 'approve', '88888'))
    expect(done.consent).toMatchObject({ status: 'AUTHORIZED' })
  })

  it('takes permissions as they are given', async () => {
    await using fiskil = await startConnector()
    const seen = fiskil.watch()
    const { access } = fiskil.request()
    await fiskil.start({ access: { ...access, permissions: ['payees', 'accounts'] } })
    await fiskil.start({ options: { permissions: ['identity'] } })
    await fiskil.start({ access: { ...access, balances: null, transactions: null } })
    const sent = seen.filter(({ path }) => path === '/v1/auth/session').map((one) => one.json())
    expect(sent).toMatchObject([
      { permissions: ['payees', 'accounts'] },
      { permissions: ['identity'] },
      { permissions: ['accounts', 'balances', 'transactions'] },
    ])
  })
})

describe('what cannot be asked of Fiskil is refused before any call', () => {
  const access = (fields: Partial<StartRequest['access']>) => ({
    access: {
      permissions: [],
      accountIds: null,
      balances: true,
      transactions: true,
      validFrom: null,
      validUntil: null,
      ...fields,
    },
  })
  it.each([
    ['accounts', access({ accountIds: ['a'] }), 'CAPABILITY_NOT_SUPPORTED', ['input', 'access', 'accountIds']],
    [
      'validity',
      { validUntil: new Date(Date.now() + DAY_MS) },
      'CAPABILITY_NOT_SUPPORTED',
      ['input', 'access', 'validity'],
    ],
    ['other steps', { supportedSteps: ['OTP', 'QR'] }, 'STEP_UNSUPPORTED', ['input', 'supportedSteps']],
    ['unknown options', { options: { consents: 1 } }, 'INVALID_INPUT', ['input', 'providerOptions', 'fiskil']],
    [
      'no permission at all',
      { options: { permissions: [] } },
      'INVALID_INPUT',
      ['input', 'providerOptions', 'fiskil', 'permissions'],
    ],
    [
      'balances both ways',
      access({ permissions: ['balances'], balances: false }),
      'INVALID_INPUT',
      ['input', 'access', 'balances'],
    ],
  ] as const satisfies readonly (readonly [string, Partial<StartRequest>, string, readonly string[]])[])(
    '%s',
    async (_name, fields, code, path) => {
      await using fiskil = await startConnector()
      const before = fiskil.sandbox.calls().length
      expect(await caught(fiskil.start(fields))).toMatchObject({ code, path })
      expect(fiskil.sandbox.calls()).toHaveLength(before)
    },
  )

  it('is data, too', async () => {
    await using fiskil = await startConnector()
    expect(fiskil.connector.capabilities).toMatchObject({ accountSelection: false, validitySelection: false })
    expect(fiskil.connector.resend).toBeUndefined()
    expect(await caught(fiskil.connector.answer({}, { kind: 'OTP', stepRef: '', otp: '1' }, calling()))).toMatchObject({
      code: 'STATE_CONFLICT',
    })
  })
})

const lost: readonly FaultKind[] = [
  { kind: 'reset-before' },
  { kind: 'reset-after-effect' },
  { kind: 'truncate' },
  { kind: 'malformed' },
  { kind: 'html' },
  { kind: 'status', status: 500, body: { name: 'internal_error', fault: true }, afterEffect: true },
  { kind: 'status', status: 200, body: { id: 'client' }, afterEffect: true },
  { kind: 'status', status: 200, body: { session_id: 's', auth_url: 'javascript:alert(1)', expires_at: 1 } },
]

describe('a lost answer', () => {
  it.each(lost)('to a start is unknown, and the start is made once: %j', async (fault) => {
    await using fiskil = await startConnector()
    fiskil.sandbox.faults.next({ ...fault, match: 'POST /v1/auth/session' })
    expect(await caught(fiskil.start())).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(fiskil.sandbox.calls().filter(({ path }) => path === '/v1/auth/session')).toHaveLength(1)
    // Nothing is to be looked for: nobody has the link.
    expect(fiskil.connector.recoverStart).toBeUndefined()
  })

  it('to the creation of an end user leaves one of whom nothing is known', async () => {
    await using fiskil = await startConnector()
    fiskil.sandbox.faults.next({ kind: 'reset-after-effect', match: 'POST /v1/end-users' })
    expect(await caught(fiskil.newUser())).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(fiskil.sandbox.ledger.count('end-user.created')).toBe(2)
  })
})

describe('a refused start', () => {
  it.each([
    ['sandbox.redirect-429', 'PROVIDER_RATE_LIMITED', 'too_many_requests'],
    ['nowhere', 'PROVIDER_REJECTED', 'bad_request'],
  ])('%s: %s', async (institutionRef, code, providerCode) => {
    await using fiskil = await startConnector()
    expect(await caught(fiskil.start({ institutionRef }))).toMatchObject({ code, providerCode })
    expect(fiskil.sandbox.ledger.count('session.created')).toBe(0)
  })

  it('is not final where the answer says that it passes', async () => {
    await using fiskil = await startConnector()
    const body = { name: 'bad_request', id: 'x', message: 'm', temporary: true, timeout: false, fault: false }
    fiskil.sandbox.faults.next({ kind: 'status', status: 400, body, match: 'POST /v1/auth/session' })
    expect(await caught(fiskil.start())).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryable: true })
  })

  it('for an end user who is gone', async () => {
    await using fiskil = await startConnector()
    const { connector, user } = fiskil
    await connector.forgetUser?.(user, calling())
    await connector.forgetUser?.(user, calling())
    expect(fiskil.sandbox.ledger.count('end-user.deleted')).toBe(1)
    expect(await caught(fiskil.start())).toMatchObject({
      code: 'PROVIDER_REJECTED',
      providerCode: 'end_user_not_found',
    })
  })
})
