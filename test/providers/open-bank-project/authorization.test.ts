import { describe, expect, it } from 'vitest'
import { OBP_SANDBOX_SEED } from '../../../src/sandbox/open-bank-project/seed.ts'
import {
  BANK,
  callFor,
  faultOf,
  GENERATIONS,
  PHONE,
  startBench,
  toAnswer,
  toKey,
  toOtp,
  toRequest,
  type Wish,
} from './bench.ts'

const CREATED = 'consent.created'
const NO_PHONE = `+1555${OBP_SANDBOX_SEED.unreachablePhoneEnding}`

describe.each(GENERATIONS)('a server of %s', (generation) => {
  it.each([
    ['SMS', { phone: PHONE }, PHONE, '*** 00'],
    ['EMAIL', { phone: null, email: 'ada@example.org' }, 'ada@example.org', 'a***@example.org'],
    ['IMPLICIT', { phone: null }, 'psu@sandbox.example', null],
  ] as const)('authorizes by %s', async (channel, psu, to, maskedDestination) => {
    await using bench = await startBench({ generation })
    const step = await bench.start({ psu })
    expect(step.consent).toMatchObject({ status: 'AWAITING_AUTHORIZATION', raw: 'INITIATED', access: null })
    expect(toOtp(step)).toMatchObject({
      ref: step.consent?.providerConsentId,
      channel,
      maskedDestination,
      pattern: '^[0-9]{1,8}$',
      attemptsRemaining: 1,
      canResend: true,
      onWrongAnswer: 'CONSENT_IS_LOST',
      expiresAt: step.consent?.expiresAt,
    })
    expect(bench.sandbox.inbox.messages({ to })).toHaveLength(1)

    const done = await bench.connector.answer(step.state, toAnswer(step), callFor())
    expect(done.next).toEqual({ kind: 'DONE' })
    expect(done.consent).toMatchObject({
      status: 'AUTHORIZED',
      raw: 'ACCEPTED',
      access: {
        accountIds: ['sandbox.otp.current', 'sandbox.otp.savings'],
        permissions: ['owner', 'auditor'],
        balances: null,
        transactions: null,
      },
    })
    expect(done.consent?.secrets).toMatchObject({ bankId: BANK, userToken: null })
  })

  it('loses the consent to a wrong code', async () => {
    await using bench = await startBench({ generation })
    const step = await bench.start()
    const done = await bench.connector.answer(step.state, toAnswer(step, '124'), callFor())
    expect(done).toMatchObject({ next: { kind: 'DONE' }, consent: { status: 'REJECTED', reason: 'OTP_REJECTED' } })
  })

  it('tells the truth to a second answer', async () => {
    await using bench = await startBench({ generation })
    const step = await bench.start()
    await bench.connector.answer(step.state, toAnswer(step, '124'), callFor())
    const again = await bench.connector.answer(step.state, toAnswer(step), callFor())
    expect(again).toMatchObject({ next: { kind: 'DONE' }, consent: { status: 'REJECTED' } })
    expect(bench.sandbox.ledger.count('challenge.answered')).toBe(1)
  })

  it('ends a cancelled attempt at the bank, however often', async () => {
    await using bench = await startBench({ generation })
    const step = await bench.start()
    await bench.connector.cancel(step.state, callFor())
    await bench.connector.cancel(step.state, callFor())
    expect(bench.sandbox.ledger.count('consent.revoked')).toBe(1)
    expect(await bench.connector.status(step.state, callFor())).toMatchObject({
      next: { kind: 'DONE' },
      consent: { status: 'REVOKED', reason: 'REVOKED_AT_INSTITUTION' },
    })
    const late = await bench.connector.answer(step.state, toAnswer(step), callFor())
    expect(late.consent?.status).toBe('REVOKED')
  })

  it('has nothing to end where only a draft is known', async () => {
    await using bench = await startBench({ generation })
    await bench.connector.cancel(bench.connector.prepare(toRequest()), callFor())
    expect(bench.sandbox.calls()).toEqual([])
  })

  it('sends a new code under a new consent with the same end, and revokes the one before', async () => {
    await using bench = await startBench({ generation })
    const first = await bench.start()
    bench.clock.advance(300_000)
    const second = await bench.connector.resend?.(first.state, callFor())
    if (second === undefined) throw new Error('it can resend')
    expect(toOtp(second).ref).not.toBe(toOtp(first).ref)
    expect(second.consent?.expiresAt).toEqual(first.consent?.expiresAt)
    expect(bench.sandbox.inbox.messages({ to: PHONE })).toHaveLength(2)
    expect(bench.sandbox.ledger.entries('consent.revoked')).toMatchObject([
      { ids: { consentId: first.consent?.providerConsentId } },
    ])
    const done = await bench.connector.answer(second.state, toAnswer(second), callFor())
    expect(done.consent?.status).toBe('AUTHORIZED')
  })

  it('is done at once where the bank asks for nothing', async () => {
    await using bench = await startBench({ generation })
    const step = await bench.start({ institutionRef: 'sandbox.otp-accepted' })
    expect(step).toMatchObject({ next: { kind: 'DONE' }, consent: { status: 'AUTHORIZED' } })
  })

  it('keeps a word that nobody knows, and looks again', async () => {
    await using bench = await startBench({ generation })
    const step = await bench.start({ institutionRef: 'sandbox.otp-weird-status' })
    const odd = await bench.connector.answer(step.state, toAnswer(step), callFor())
    expect(odd).toMatchObject({ next: { kind: 'WAIT' }, consent: { status: null, raw: 'UNDERREVIEW', reason: null } })
    expect(await bench.connector.status(odd.state, callFor())).toMatchObject({
      next: { kind: 'WAIT' },
      consent: { raw: 'UNDERREVIEW' },
    })
  })
})

describe('what a consent covers', () => {
  const viewsOf = async (bench: Awaited<ReturnType<typeof startBench>>, wish: Parameters<typeof bench.start>[0]) =>
    (await bench.authorize(wish)).consent?.access

  it('is the views of the accounts that were named', async () => {
    await using bench = await startBench()
    const access = { accountIds: ['sandbox.otp.savings'] }
    expect(await viewsOf(bench, { access })).toMatchObject({ accountIds: access.accountIds, permissions: ['owner'] })
  })

  it('is the views and roles that were named', async () => {
    await using bench = await startBench()
    const views = [{ bankId: BANK, accountId: 'sandbox.otp.current', viewId: 'auditor' }]
    const entitlements = [{ bankId: '', roleName: 'CanGetAnyUser' }]
    expect(await viewsOf(bench, { options: { views, entitlements } })).toMatchObject({
      accountIds: ['sandbox.otp.current'],
      permissions: ['auditor', 'CanGetAnyUser'],
    })
  })

  it('is everything at that bank', async () => {
    await using bench = await startBench()
    const access = await viewsOf(bench, { options: { everything: true } })
    expect(access?.accountIds).toEqual(['sandbox.otp.current', 'sandbox.otp.savings'])
    expect(access?.permissions).toContain('CanRevokeConsentAtBank')
  })

  it('begins and ends when it was asked to', async () => {
    await using bench = await startBench()
    const validFrom = new Date(Math.floor(bench.clock.now().getTime() / 1000) * 1000 + 60_000)
    const validUntil = new Date(validFrom.getTime() + 120_000)
    const access = await viewsOf(bench, { validUntil, options: { validFrom: validFrom.toISOString() } })
    expect(access).toMatchObject({ validFrom, validUntil })
  })
})

describe('views', () => {
  it('that are public need no consent', async () => {
    await using bench = await startBench()
    const views = [{ id: 'owner' }, { id: '_public', is_public: true }]
    const accounts = [{ id: 'sandbox.otp.savings', bank_id: BANK, views }]
    bench.sandbox.faults.next({
      kind: 'status',
      status: 200,
      body: { accounts },
      match: 'GET /obp/:version/my/accounts',
    })
    expect((await bench.authorize()).consent?.access?.permissions).toEqual(['owner'])
  })

  it('must be there for each account that is named', async () => {
    await using bench = await startBench()
    const accounts = [
      { id: 'sandbox.otp.savings', bank_id: BANK, views: [{ id: 'owner' }] },
      { id: 'sandbox.otp.current', bank_id: BANK, views: [] },
    ]
    bench.sandbox.faults.next({
      kind: 'status',
      status: 200,
      body: { accounts },
      match: 'GET /obp/:version/my/accounts',
    })
    const access = { accountIds: ['sandbox.otp.savings', 'sandbox.otp.current'] }
    expect(await faultOf(bench.start({ access }))).toMatchObject({ path: ['input', 'access', 'accountIds'] })
  })
})

describe('what the server refuses', () => {
  const options = (...path: readonly string[]) => ['input', 'providerOptions', 'openBankProject', ...path]

  it.each<[string, Wish, string, readonly string[]]>([
    [
      'an account of somebody else',
      { access: { accountIds: ['sandbox.otp.other'] } },
      'INVALID_INPUT',
      ['input', 'access', 'accountIds'],
    ],
    ['an unknown bank', { institutionRef: 'nowhere' }, 'NOT_FOUND', ['input', 'target', 'institutionId']],
    [
      'a view that the PSU lacks',
      { options: { views: [{ bankId: BANK, accountId: 'sandbox.otp.current', viewId: 'x' }] } },
      'INVALID_INPUT',
      options('views'),
    ],
    [
      'a role that the PSU lacks',
      { options: { entitlements: [{ bankId: '', roleName: 'CanDoAll' }], views: [] } },
      'INVALID_INPUT',
      options('entitlements'),
    ],
    ['an unknown consumer', { options: { consumerId: 'x' } }, 'INVALID_INPUT', options('consumerId')],
    ['a token of no user', { options: { userToken: 'abc' } }, 'INVALID_INPUT', options('userToken')],
    [
      'a kind of token that it does not take',
      { options: { userToken: 'Bearer abc' } },
      'INVALID_INPUT',
      options('userToken'),
    ],
  ])('%s', async (_, wish, code, path) => {
    await using bench = await startBench()
    expect(await faultOf(bench.start(wish))).toMatchObject({ code, path })
    expect(bench.sandbox.ledger.count(CREATED)).toBe(0)
  })

  it('a longer life than its own maximum', async () => {
    await using bench = await startBench({ maxTimeToLiveSeconds: 600 })
    expect(await faultOf(bench.start())).toMatchObject({ code: 'VALIDITY_TOO_LONG', providerCode: 'OBP-35020' })
  })

  it('an unknown bank, where the views are named', async () => {
    await using bench = await startBench()
    const wish = { institutionRef: 'nowhere', options: { everything: true } }
    expect(await faultOf(bench.start(wish))).toMatchObject({ code: 'NOT_FOUND', providerCode: 'OBP-30001' })
  })

  it("a configured consumer that it does not know is the operator's", async () => {
    await using bench = await startBench({}, { consumerId: 'x' })
    expect(await faultOf(bench.start())).toMatchObject({
      code: 'PROVIDER_CREDENTIALS_INVALID',
      providerCode: 'OBP-30019',
    })
  })
})

describe('a code that could not be sent', () => {
  it.each<[string, Wish, string]>([
    ['no SMS', { institutionRef: 'sandbox.otp-no-sms' }, 'OBP-00010'],
    ['an unreachable phone', { psu: { phone: NO_PHONE } }, 'OBP-35010'],
  ])('leaves nothing behind: %s', async (_, wish, providerCode) => {
    await using bench = await startBench()
    const fault = await faultOf(bench.start(wish))
    expect(fault).toMatchObject({ code: 'PROVIDER_REJECTED', providerCode })
    const [created] = bench.sandbox.ledger.entries(CREATED)
    expect(bench.sandbox.ledger.entries('consent.revoked')).toMatchObject([
      { ids: { consentId: created?.ids['consentId'] } },
    ])
  })

  it('touches nothing where two consents look like what was left', async () => {
    await using bench = await startBench()
    const other = await bench.start({
      options: { everything: true, validFrom: new Date(0).toISOString() },
      validUntil: new Date(60_000),
    })
    const wish = {
      options: { everything: true, validFrom: new Date(0).toISOString() },
      validUntil: new Date(60_000),
      psu: { phone: NO_PHONE },
    }
    expect(await faultOf(bench.start(wish))).toMatchObject({ providerCode: 'OBP-35010' })
    expect(bench.sandbox.ledger.count(CREATED)).toBe(2)
    expect(bench.sandbox.ledger.count('consent.revoked')).toBe(0)
    expect((await bench.connector.status(other.state, callFor())).consent?.status).toBe('AWAITING_AUTHORIZATION')
  })

  it('on a resend leaves the first code as it was', async () => {
    await using bench = await startBench()
    const first = await bench.start()
    const state = { ...first.state, destination: NO_PHONE }
    expect(await faultOf(bench.connector.resend?.(state, callFor()) ?? Promise.resolve())).toMatchObject({
      providerCode: 'OBP-35010',
    })
    const [, second] = bench.sandbox.ledger.entries(CREATED)
    expect(bench.sandbox.ledger.entries('consent.revoked')).toMatchObject([
      { ids: { consentId: second?.ids['consentId'] } },
    ])
    const done = await bench.connector.answer(first.state, toAnswer(first), callFor())
    expect(done.consent?.status).toBe('AUTHORIZED')
  })
})

describe('an answer that cannot be right', () => {
  it.each(['', '12345678 ', '123456789', '12a', '-1', '١٢٣'])('is not sent: %j', async (otp) => {
    await using bench = await startBench()
    const step = await bench.start()
    expect(await faultOf(bench.connector.answer(step.state, toAnswer(step, otp), callFor()))).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['input', 'answer', 'otp'],
    })
    expect(bench.countCalls('/challenge')).toBe(0)
  })

  it('is not sent for another step', async () => {
    await using bench = await startBench()
    const step = await bench.start()
    const answer = { ...toAnswer(step), stepRef: 'another' }
    expect(await faultOf(bench.connector.answer(step.state, answer, callFor()))).toMatchObject({ code: 'STEP_CHANGED' })
    expect(bench.countCalls('/challenge')).toBe(0)
  })
})

describe("the PSU's own token", () => {
  it('makes the consent, and is used for all of its calls', async () => {
    await using bench = await startBench()
    const login = await fetch(`${bench.sandbox.url}/my/logins/direct`, {
      method: 'POST',
      headers: { DirectLogin: 'username=sandbox-other,password=sandbox-only,consumer_key=sandbox-consumer-key' },
    })
    const { token } = (await login.json()) as { token: string }
    const done = await bench.authorize({ options: { userToken: `DirectLogin ${token}` } })
    expect(done.consent?.access?.accountIds).toEqual(['sandbox.otp.other'])
    const [read] = await bench.connector.readConsents([toKey(done)], callFor())
    expect(read).toMatchObject({ status: 'AUTHORIZED' })
    expect(await bench.connector.revoke(toKey(done), null, callFor())).toMatchObject({ status: 'REVOKED' })
    expect(bench.countCalls('/my/logins/direct')).toBe(1)
  })
})
