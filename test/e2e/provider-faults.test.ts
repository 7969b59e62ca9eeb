import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { bank, type Begun, type Operations, operationsOf } from './operations.ts'
import { ANSWER, CREATE, LIST, REVOKE, type SandboxControl } from './sandbox-control.ts'

let gateway: GatewayProcess
let sandbox: SandboxControl
let client: Operations
let calm: Begun

beforeAll(async () => {
  gateway = await startGateway({ env: { READ_DEADLINE_MS: '700' } })
  sandbox = await gateway.sandbox()
  client = operationsOf(gateway)
  calm = await client.authorize()
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** Calls that go well, until the circuit breaker is closed: what it does is tested elsewhere. */
const soothe = () =>
  expect
    .poll(
      async () => {
        for (let calls = 0; calls < 12; calls += 1) await client.consent(calm.consent.id, 0)
        return (await readCalm()).source.outcome
      },
      { timeout: 10_000 },
    )
    .toBe('LIVE')

interface Reading {
  readonly status: string
  readonly version: number
  readonly source: { readonly outcome: string; readonly stale: boolean; readonly problem: { code: string } | null }
}
const readCalm = async (): Promise<Reading> =>
  (
    await gateway.graphql<{ consent: Reading }>(
      'query ($id: ID!) { consent(id: $id, maxAgeSeconds: 0) { status version source { outcome stale problem { code retryAt } } } }',
      { id: calm.consent.id },
    )
  ).consent

/** Each says for certain that nothing was done. */
const REFUSED = [
  ['429', { kind: 'status', status: 429, headers: { 'Retry-After': '7' } }, 'PROVIDER_RATE_LIMITED'],
  ['503', { kind: 'status', status: 503 }, 'PROVIDER_UNAVAILABLE'],
  ['a page of 503', { kind: 'html', status: 503 }, 'PROVIDER_UNAVAILABLE'],
] as const

describe.each(REFUSED)('%s', (name, fault, code) => {
  const problem = [
    {
      __typename: 'ProviderError',
      code: 'PROVIDER_PROBLEM',
      path: null,
      problem: { code, retryable: true, requestId: expect.stringMatching(/^req_/) },
    },
  ]

  test('to a start: it has failed and says why; another one works', async () => {
    const before = (await sandbox.ledger('consent.created')).length
    await sandbox.fault({ ...fault, match: CREATE })
    const failed = await client.start()
    expect(failed).toMatchObject({
      userErrors: problem,
      authSession: { sessionStatus: 'FAILED', problem: { code } },
      consent: { status: 'FAILED', statusReason: 'PROVIDER_ERROR', primaryAction: 'RECONNECT', revocation: null },
    })
    if (name === '429') {
      const waitMs = Date.parse(failed.userErrors[0]!.problem!.retryAt!) - Date.now()
      expect(waitMs).toBeGreaterThan(3_000)
      expect(waitMs).toBeLessThan(8_000)
    }
    expect(await sandbox.ledger('consent.created')).toHaveLength(before)
    expect((await client.start()).userErrors).toEqual([])
    await soothe()
  })

  test('to an answer: the step comes back under a new name, and the code is not lost', async () => {
    const begun = await client.begin()
    await sandbox.fault({ ...fault, match: ANSWER })
    const failed = await client.answer(begun, '123')
    expect(failed).toMatchObject({
      userErrors: problem,
      authSession: { sessionStatus: 'AWAITING_USER', nextStep: { kind: 'OTP', attemptsRemaining: 1 } },
      consent: { status: 'AWAITING_AUTHORIZATION' },
    })
    const step = failed.authSession!.nextStep!
    expect(step.id).not.toBe(begun.step.id)
    expect((await client.answer(begun, '123')).userErrors).toMatchObject([
      { code: 'STEP_CHANGED', currentStep: { id: step.id } },
    ])
    expect(await client.answer({ session: begun.session, step }, '123')).toMatchObject({
      userErrors: [],
      consent: { status: 'AUTHORIZED' },
    })
    expect(await sandbox.ledger('challenge.answered', begun.consent.providerConsentId)).toHaveLength(1)
    await soothe()
  })

  test('to a new code: the old one still works', async () => {
    const begun = await client.begin()
    await sandbox.fault({ ...fault, match: CREATE })
    const { authSession, userErrors } = await client.resend(begun)
    expect(userErrors).toMatchObject(problem)
    expect(authSession).toMatchObject({ sessionStatus: 'AWAITING_USER' })
    expect(await client.answer({ session: begun.session, step: authSession!.nextStep! }, '123')).toMatchObject({
      userErrors: [],
      consent: { status: 'AUTHORIZED', providerConsentId: begun.consent.providerConsentId },
    })
    await soothe()
  })
})

test('a revocation that is refused holds here at once, and the bank is told again', { timeout: 30_000 }, async () => {
  const refused: Begun[] = []
  for (const [, fault, code] of REFUSED) {
    const begun = await client.authorize()
    await sandbox.fault({ ...fault, match: REVOKE })
    expect(await client.revoke(begun.consent.id)).toMatchObject({
      userErrors: [],
      consent: {
        status: 'REVOKED',
        revocation: { state: 'PROVIDER_PENDING', attempts: 1, confirmedAt: null, lastProblem: { code } },
      },
    })
    refused.push(begun)
  }
  for (const { consent } of refused) {
    await expect
      .poll(async () => (await client.consent(consent.id))?.revocation, { timeout: 20_000, interval: 250 })
      .toMatchObject({ state: 'CONFIRMED', attempts: 2, lastProblem: null })
    expect(await sandbox.ledger('consent.revoked', consent.providerConsentId)).toHaveLength(1)
  }
})

describe('a read is never worse than what is stored', () => {
  test.each([
    ['429', { kind: 'status', status: 429 }, 'RATE_LIMITED', 'PROVIDER_RATE_LIMITED'],
    ['500', { kind: 'status', status: 500 }, 'FAILED', 'PROVIDER_UNAVAILABLE'],
    ['an error page', { kind: 'html' }, 'FAILED', 'PROVIDER_UNAVAILABLE'],
    ['a page in place of an answer', { kind: 'html', status: 200 }, 'FAILED', 'PROVIDER_CONTRACT_VIOLATION'],
    ['half an answer', { kind: 'truncate' }, 'FAILED', 'PROVIDER_UNAVAILABLE'],
    ['an unreadable answer', { kind: 'malformed' }, 'FAILED', 'PROVIDER_CONTRACT_VIOLATION'],
    [
      'another shape',
      { kind: 'status', status: 200, body: { consents: 'none' } },
      'FAILED',
      'PROVIDER_CONTRACT_VIOLATION',
    ],
    ['a cut connection', { kind: 'reset-before' }, 'FAILED', 'PROVIDER_UNAVAILABLE'],
    ['an answer that is slow', { kind: 'delay', delayMs: 2500 }, 'TIMEOUT', 'PROVIDER_TIMEOUT'],
    ['an empty list', { kind: 'status', status: 200, body: { consents: [] } }, 'FAILED', 'PROVIDER_REJECTED'],
  ])('%s', async (_, fault, outcome, code) => {
    const before = await client.consent(calm.consent.id)
    await sandbox.fault({ ...fault, match: LIST, times: 12 })
    const started = performance.now()
    const read = await readCalm()
    const tookMs = performance.now() - started
    await sandbox.heal()
    expect(read).toMatchObject({
      status: 'AUTHORIZED',
      version: before!.version,
      source: { outcome, stale: true, problem: { code } },
    })
    expect(tookMs).toBeLessThan(2000)
    await soothe()
  })

  test('a lost revocation that got through is found out at once', async () => {
    const { consent } = await client.authorize()
    await sandbox.fault({ kind: 'reset-after-effect', match: REVOKE })
    expect(await client.revoke(consent.id)).toMatchObject({
      userErrors: [],
      consent: { revocation: { state: 'CONFIRMED' } },
    })
    expect(await sandbox.ledger('consent.revoked', consent.providerConsentId)).toHaveLength(1)
  })
})

describe('banks that misbehave by name', () => {
  test('too many requests', async () => {
    expect(await client.start({ target: { institutionId: bank('sandbox.otp-429') } })).toMatchObject({
      userErrors: [{ code: 'PROVIDER_PROBLEM', problem: { code: 'PROVIDER_RATE_LIMITED', retryable: true } }],
      authSession: { sessionStatus: 'FAILED' },
    })
  })

  test('slow: the answer is awaited', async () => {
    const begun = await client.begin({ target: { institutionId: bank('sandbox.otp-slow') } })
    expect(await client.answer(begun, '123')).toMatchObject({ userErrors: [], consent: { status: 'AUTHORIZED' } })
  })

  test('no SMS: the consent that the bank kept is taken back', async () => {
    const failed = await client.start({
      target: { institutionId: bank('sandbox.otp-no-sms') },
      psu: { phone: '+15550100' },
    })
    expect(failed).toMatchObject({
      userErrors: [{ problem: { code: 'PROVIDER_REJECTED', providerCode: 'OBP-00010', retryable: false } }],
      consent: { status: 'FAILED' },
    })
    const [made] = (await sandbox.ledger('consent.created')).slice(-1)
    expect(await sandbox.ledger('consent.revoked', made?.ids['consentId'])).toHaveLength(1)
  })
})
