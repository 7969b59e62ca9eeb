import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { bank, type Begun, type Operations, operationsOf, type Payload } from './operations.ts'
import { ANSWER, type SandboxControl } from './sandbox-control.ts'

let gateway: GatewayProcess
let sandbox: SandboxControl
let client: Operations

beforeAll(async () => {
  gateway = await startGateway()
  sandbox = await gateway.sandbox()
  client = operationsOf(gateway)
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** @param of the consent at the provider, where what others left to be revoked may be revoked meanwhile */
const untouched = async (work: () => Promise<Payload>, of: string | null = null): Promise<Payload> => {
  const { result, calls } = await sandbox.callsDuring(work)
  expect(calls.filter(({ path }) => path.includes(of ?? ''))).toEqual([])
  return result
}

const answerWith = ({ session, step }: Begun, answer: object, more: object = {}): Promise<Payload> =>
  client.run('answerChallenge', { authSessionId: session.id, stepId: step.id, answer, ...more })

describe('an answer that cannot be right', () => {
  test.each<[string, object, string[]]>([
    ['letters', { otp: '12a' }, ['input', 'answer', 'otp']],
    ['nothing', { otp: '' }, ['input', 'answer', 'otp']],
    ['spaces', { otp: '   ' }, ['input', 'answer', 'otp']],
    ['nine digits', { otp: '123456789' }, ['input', 'answer', 'otp']],
    ['digits of another script', { otp: '١٢٣' }, ['input', 'answer', 'otp']],
    ['a line break and a code', { otp: '1\n23' }, ['input', 'answer', 'otp']],
    ['a kilobyte', { otp: '1'.repeat(1024) }, ['input', 'answer', 'otp']],
    ['a method', { methodId: '1' }, ['input', 'answer', 'methodId']],
    ['a form', { form: [{ name: 'otp', value: '123' }] }, ['input', 'answer', 'form']],
  ])('%s: is not sent, is not repeated in the message, and costs nothing', async (_, answer, path) => {
    const begun = await client.begin()
    const refused = await untouched(() => answerWith(begun, answer))
    expect(refused).toMatchObject({
      userErrors: [{ __typename: 'InvalidInputError', code: 'INVALID_INPUT', path }],
      authSession: { sessionStatus: 'AWAITING_USER', version: begun.session.version, nextStep: { id: begun.step.id } },
    })
    for (const value of Object.values(answer)) {
      if (typeof value === 'string' && value.trim().length > 1)
        expect(refused.userErrors[0]?.message).not.toContain(value)
    }
    expect(await client.answer(begun, '123')).toMatchObject({ userErrors: [], consent: { status: 'AUTHORIZED' } })
  })

  test.each<[string, object]>([
    ['two kinds at once', { otp: '123', methodId: '1' }],
    ['none at all', {}],
    ['null', { otp: null }],
  ])('%s', async (_, answer) => {
    const begun = await client.begin()
    const query = 'mutation ($input: AnswerChallengeInput!) { answerChallenge(input: $input) { consent { id } } }'
    const input = { authSessionId: begun.session.id, stepId: begun.step.id, answer }
    expect(await gateway.ask(query, { input })).toMatchObject({
      status: 400,
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    })
    expect(await client.session(begun.session.id)).toMatchObject({ sessionStatus: 'AWAITING_USER' })
  })
})

describe('an answer to nothing', () => {
  test.each(['aus_unknown', 'nonsense', ''])('session %j', async (authSessionId) => {
    const nothing = {
      authSession: null,
      userErrors: [{ __typename: 'NotFoundError', code: 'NOT_FOUND', path: ['input', 'authSessionId'] }],
    }
    const input = { authSessionId, stepId: 'stp_x' }
    expect(await untouched(() => client.run('answerChallenge', { ...input, answer: { otp: '123' } }))).toMatchObject(
      nothing,
    )
    expect(await untouched(() => client.run('resendChallenge', input))).toMatchObject(nothing)
    expect(await untouched(() => client.run('cancelAuthorization', { authSessionId }))).toMatchObject(nothing)
  })

  test.each(['con_unknown', 'nonsense', ''])('consent %j', async (consentId) => {
    expect(await untouched(() => client.revoke(consentId))).toMatchObject({
      consent: null,
      userErrors: [{ __typename: 'NotFoundError', code: 'NOT_FOUND', path: ['input', 'consentId'] }],
    })
  })

  test('an unknown step', async () => {
    const begun = await client.begin()
    const changed = {
      __typename: 'StepChangedError',
      code: 'STEP_CHANGED',
      path: ['input', 'stepId'],
      currentStep: { id: begun.step.id },
    }
    const input = { authSessionId: begun.session.id, stepId: 'stp_unknown' }
    expect(
      (await untouched(() => client.run('answerChallenge', { ...input, answer: { otp: '123' } }))).userErrors,
    ).toMatchObject([changed])
    expect((await untouched(() => client.run('resendChallenge', input))).userErrors).toMatchObject([changed])
  })
})

describe('too late', () => {
  test('for a session that is over, each way', async () => {
    const completed = await client.authorize()
    const conflict = {
      __typename: 'StateConflictError',
      code: 'STATE_CONFLICT',
      sessionStatus: 'COMPLETED',
      consentStatus: 'AUTHORIZED',
    }
    expect((await untouched(() => client.answer(completed, '123'))).userErrors).toMatchObject([conflict])
    expect((await untouched(() => client.resend(completed))).userErrors).toMatchObject([conflict])
    expect((await untouched(() => client.cancel(completed.session.id))).userErrors).toMatchObject([conflict])
  })

  test('revoking what has ended by itself changes nothing and is no error', async () => {
    const lost = await client.begin()
    const { consent } = await client.answer(lost, '999')
    expect(await untouched(() => client.revoke(lost.consent.id))).toMatchObject({
      userErrors: [],
      consent: { status: 'REJECTED', version: consent!.version },
    })
  })

  test('for a consent whose minute is over: the code is not sent', async () => {
    const begun = await client.begin({ target: { institutionId: bank('sandbox.otp-expires-soon') } })
    await sandbox.advance(61_000)
    const late = await untouched(() => client.answer(begun, '123'))
    expect(late).toMatchObject({
      userErrors: [
        {
          __typename: 'StateConflictError',
          code: 'SESSION_EXPIRED',
          sessionStatus: 'EXPIRED',
          consentStatus: 'EXPIRED',
        },
      ],
      authSession: { sessionStatus: 'EXPIRED', isFinal: true, nextStep: null },
      consent: { status: 'EXPIRED', primaryAction: 'RECONNECT' },
    })
    expect(await sandbox.ledger('challenge.answered', begun.consent.providerConsentId)).toEqual([])
  })

  test('for a session whose quarter of an hour is over', async () => {
    const begun = await client.begin()
    await sandbox.advance(15 * 60_000 + 1000)
    expect(await client.answer(begun, '123')).toMatchObject({
      userErrors: [{ code: 'SESSION_EXPIRED' }],
      consent: { status: 'EXPIRED', statusReason: 'ABANDONED' },
    })
    expect(await sandbox.ledger('challenge.answered', begun.consent.providerConsentId)).toEqual([])
  })
})

describe('at the same moment', () => {
  test('of many answers one is sent', async () => {
    const begun = await client.begin()
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.answer(begun, '123')))
    const taken = answers.filter(({ userErrors }) => userErrors.length === 0)
    expect(taken).toHaveLength(1)
    for (const { userErrors } of answers.filter((each) => each !== taken[0])) {
      expect(userErrors).toMatchObject([{ code: 'STATE_CONFLICT' }])
    }
    const calls = await sandbox.ledger(undefined, begun.consent.providerConsentId)
    expect(calls.filter(({ effect }) => effect.startsWith('challenge.') && effect !== 'challenge.sent')).toHaveLength(1)
  })

  test('a second answer, a new code and a cancel while the first answer is under way', async () => {
    const begun = await client.begin()
    await sandbox.fault({ kind: 'delay', delayMs: 1500, at: 'request', match: ANSWER })
    const first = client.answer(begun, '123')
    await expect.poll(async () => (await client.session(begun.session.id))?.sessionStatus).toBe('VERIFYING')
    const busy = [{ __typename: 'StateConflictError', code: 'STATE_CONFLICT', sessionStatus: 'VERIFYING' }]
    const { providerConsentId } = begun.consent
    expect((await untouched(() => client.answer(begun, '123'), providerConsentId)).userErrors).toMatchObject(busy)
    expect((await untouched(() => client.resend(begun), providerConsentId)).userErrors).toMatchObject(busy)
    expect(await first).toMatchObject({ userErrors: [], consent: { status: 'AUTHORIZED' } })
    expect(await sandbox.ledger('challenge.answered', begun.consent.providerConsentId)).toHaveLength(1)
  })
})

test('a reason longer than 500 characters', async () => {
  const { consent } = await client.begin()
  expect((await untouched(() => client.revoke(consent.id, { reason: 'x'.repeat(501) }))).userErrors).toMatchObject([
    { code: 'INVALID_INPUT', path: ['input', 'reason'] },
  ])
})
