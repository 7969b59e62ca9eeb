import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { bank, newPhone, type Operations, operationsOf } from './operations.ts'
import type { SandboxControl } from './sandbox-control.ts'

let gateway: GatewayProcess
let sandbox: SandboxControl
let client: Operations

beforeAll(async () => {
  gateway = await startGateway()
  sandbox = await gateway.sandbox()
  client = operationsOf(gateway)
})
afterAll(() => gateway[Symbol.asyncDispose]())

describe('a person', () => {
  test('grants access with the code that came by SMS', async () => {
    const phone = newPhone()
    const started = await client.start({ psu: { phone } })
    expect(started).toMatchObject({
      userErrors: [],
      consent: { status: 'AWAITING_AUTHORIZATION', primaryAction: 'CONTINUE_AUTHORIZATION', revocation: null },
      authSession: {
        sessionStatus: 'AWAITING_USER',
        isFinal: false,
        problem: null,
        nextStep: {
          kind: 'OTP',
          channel: 'SMS',
          maskedDestination: `*** ${phone.slice(-2)}`,
          attemptsRemaining: 1,
          onWrongAnswer: 'CONSENT_IS_LOST',
          canResend: true,
        },
      },
    })
    const code = await sandbox.code(phone)
    expect(code).toMatch(new RegExp(started.authSession!.nextStep!.pattern!))
    const answered = await client.answer(
      { session: started.authSession!, step: started.authSession!.nextStep! },
      ` ${code} `,
    )
    expect(answered).toMatchObject({
      userErrors: [],
      consent: {
        id: started.consent!.id,
        status: 'AUTHORIZED',
        primaryAction: 'NONE',
        access: { permissions: ['owner', 'auditor'], accountIds: ['sandbox.otp.current', 'sandbox.otp.savings'] },
      },
      authSession: { sessionStatus: 'COMPLETED', isFinal: true, nextStep: null },
    })
    const { providerConsentId } = answered.consent!
    expect(await sandbox.ledger(undefined, providerConsentId)).toMatchObject([
      { effect: 'consent.created', ids: { method: 'SMS', bankId: 'sandbox.otp' } },
      { effect: 'challenge.sent', ids: { channel: 'SMS' } },
      { effect: 'challenge.answered', ids: { status: 'ACCEPTED' } },
    ])
  })

  test('grants access with the code that came by e-mail', async () => {
    const email = 'anna.canary@mail.example'
    const { authSession } = await client.start({
      psu: { email },
      target: { institutionId: bank('sandbox.otp-by-email') },
    })
    expect(authSession?.nextStep).toMatchObject({ channel: 'EMAIL', maskedDestination: 'a***@mail.example' })
    const answered = await client.answer(
      { session: authSession!, step: authSession!.nextStep! },
      await sandbox.code(email),
    )
    expect(answered).toMatchObject({ userErrors: [], consent: { status: 'AUTHORIZED' } })
  })

  test('grants access with a code that the bank knows how to send', async () => {
    const { authSession } = await client.start()
    expect(authSession?.nextStep).toMatchObject({ channel: 'IMPLICIT', maskedDestination: null })
    const answered = await client.answer(
      { session: authSession!, step: authSession!.nextStep! },
      await sandbox.code('psu@sandbox.example'),
    )
    expect(answered).toMatchObject({ userErrors: [], consent: { status: 'AUTHORIZED' } })
  })

  test('has nothing to do where the bank asks for no code', async () => {
    const started = await client.start({ target: { institutionId: bank('sandbox.otp-accepted') } })
    expect(started).toMatchObject({
      userErrors: [],
      consent: { status: 'AUTHORIZED' },
      authSession: { sessionStatus: 'COMPLETED', nextStep: null },
    })
  })

  test('stays in the dark, and loses nothing, while the bank uses a word nobody knows', async () => {
    const begun = await client.begin({ target: { institutionId: bank('sandbox.otp-weird-status') } })
    expect(await client.answer(begun, '123')).toMatchObject({
      userErrors: [],
      consent: { status: 'AWAITING_AUTHORIZATION', primaryAction: 'WAIT' },
      authSession: { sessionStatus: 'VERIFYING', nextStep: null },
    })
    const { consent } = await gateway.graphql<{ consent: unknown }>(
      'query ($id: ID!) { consent(id: $id) { providerStatus { raw recognized } } }',
      { id: begun.consent.id },
    )
    expect(consent).toEqual({ providerStatus: { raw: 'UNDERREVIEW', recognized: false } })
  })

  test('loses the consent with a wrong code, and is told so', async () => {
    const begun = await client.begin()
    expect(await client.answer(begun, '999')).toMatchObject({
      userErrors: [
        {
          __typename: 'WrongOtpError',
          code: 'WRONG_OTP',
          path: ['input', 'answer', 'otp'],
          attemptsRemaining: 0,
          consentLost: true,
        },
      ],
      consent: { status: 'REJECTED', statusReason: 'OTP_REJECTED', primaryAction: 'RECONNECT' },
      authSession: { sessionStatus: 'FAILED', isFinal: true, nextStep: null },
    })
    expect(await sandbox.ledger('challenge.answered', begun.consent.providerConsentId)).toHaveLength(1)
  })
})

describe('what only this provider understands', () => {
  const viewed = (viewId: string) => ({ bankId: 'sandbox.otp', accountId: 'sandbox.otp.current', viewId })
  const finish = async (openBankProject: object, more: object = {}) => {
    const begun = await client.begin({ providerOptions: { openBankProject }, ...more })
    const answered = await client.answer(begun, '123')
    expect(answered.userErrors).toEqual([])
    return answered.consent!
  }

  test('exactly these views and roles', async () => {
    const consent = await finish({
      views: [viewed('auditor')],
      entitlements: [{ bankId: '', roleName: 'CanGetAnyUser' }],
    })
    expect(consent.access).toMatchObject({
      permissions: ['auditor', 'CanGetAnyUser'],
      accountIds: ['sandbox.otp.current'],
    })
  })

  test('everything that the person has at the bank', async () => {
    const consent = await finish({ everything: true })
    expect(consent.access).toMatchObject({
      permissions: ['owner', 'auditor', 'CanRevokeConsentAtBank'],
      accountIds: ['sandbox.otp.current', 'sandbox.otp.savings'],
    })
  })

  test('another consumer, a later beginning, another way for the code', async () => {
    const validFrom = new Date(Math.floor(Date.now() / 1000) * 1000 + 600_000).toISOString()
    const consumerId = '7c1d6d5e-0000-4000-8000-000000000003'
    const consent = await finish(
      { consumerId, validFrom, scaMethod: 'IMPLICIT' },
      { access: { validity: { until: new Date(Date.parse(validFrom) + 60_000) } } },
    )
    expect(consent.access).toMatchObject({
      validFrom,
      validUntil: new Date(Date.parse(validFrom) + 60_000).toISOString(),
    })
    expect(await sandbox.ledger('consent.created', consent.providerConsentId)).toMatchObject([
      { ids: { consumerId, method: 'IMPLICIT' } },
    ])
  })

  test('the accounts that are named, and a validity of a minute', async () => {
    const before = Date.now()
    const begun = await client.begin({
      access: { accountIds: ['sandbox.otp.savings'], validity: { seconds: 60 } },
    })
    const { consent } = await client.answer(begun, '123')
    expect(consent?.access?.accountIds).toEqual(['sandbox.otp.savings'])
    const life = Date.parse(consent!.expiresAt!) - before
    expect(life).toBeGreaterThan(50_000)
    expect(life).toBeLessThan(70_000)
  })
})

describe('second thoughts', () => {
  test('cancel ends the attempt here and at the bank, and twice is once', async () => {
    const begun = await client.begin()
    const cancelled = {
      userErrors: [],
      authSession: { sessionStatus: 'CANCELLED', isFinal: true, nextStep: null },
      consent: {
        status: 'REJECTED',
        statusReason: 'CANCELLED_BY_USER',
        revocation: { state: 'CONFIRMED', attempts: 1 },
      },
    }
    expect(await client.cancel(begun.session.id)).toMatchObject(cancelled)
    expect(await client.cancel(begun.session.id)).toMatchObject(cancelled)
    expect(await sandbox.ledger('consent.revoked', begun.consent.providerConsentId)).toHaveLength(1)
  })

  test('a new code ends the consent before it, and the old step', async () => {
    const begun = await client.begin()
    const { authSession, userErrors } = await client.resend(begun)
    expect(userErrors).toEqual([])
    expect(authSession).toMatchObject({ id: begun.session.id, sessionStatus: 'AWAITING_USER' })
    const step = authSession!.nextStep!
    expect(step.id).not.toBe(begun.step.id)
    expect(await sandbox.ledger('consent.revoked', begun.consent.providerConsentId)).toHaveLength(1)

    const { result: late, calls } = await sandbox.callsDuring(() => client.answer(begun, '123'))
    expect(late.userErrors).toMatchObject([
      { __typename: 'StepChangedError', code: 'STEP_CHANGED', path: ['input', 'stepId'], currentStep: { id: step.id } },
    ])
    expect(calls).toEqual([])

    const answered = await client.answer({ session: begun.session, step }, await sandbox.code(begun.phone))
    expect(answered).toMatchObject({ userErrors: [], consent: { id: begun.consent.id, status: 'AUTHORIZED' } })
    expect(answered.consent!.providerConsentId).not.toBe(begun.consent.providerConsentId)
  })

  test('revocation reaches the bank, and twice is once', async () => {
    const { consent } = await client.authorize()
    const revoked = {
      userErrors: [],
      consent: {
        status: 'REVOKED',
        statusReason: 'REVOKED_BY_CLIENT',
        primaryAction: 'NONE',
        revocation: { state: 'CONFIRMED', attempts: 1, lastProblem: null },
      },
    }
    const first = await client.revoke(consent.id)
    expect(first).toMatchObject(revoked)
    expect(await client.revoke(consent.id)).toMatchObject({ ...revoked, consent: { version: first.consent!.version } })
    expect(await sandbox.ledger('consent.revoked', consent.providerConsentId)).toHaveLength(1)
  })

  test('the person revokes with their own token', async () => {
    const { consent } = await client.authorize()
    const frontend = operationsOf(gateway, { as: gateway.userToken })
    expect(await frontend.revoke(consent.id)).toMatchObject({ consent: { statusReason: 'REVOKED_BY_USER' } })
  })
})
