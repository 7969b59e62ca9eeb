import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { bank, type Begun, newPhone, type Operations, operationsOf, type Payload } from './operations.ts'
import { ANSWER, CREATE, type SandboxControl } from './sandbox-control.ts'

/** The schema's promise. */
const NAMED_WITHIN_MS = 60_000
const CALL_DEADLINE_MS = 1500

let gateway: GatewayProcess
let sandbox: SandboxControl
let client: Operations
let calm: Begun

beforeAll(async () => {
  gateway = await startGateway({ env: { PROVIDER_CALL_DEADLINE_MS: String(CALL_DEADLINE_MS) } })
  sandbox = await gateway.sandbox()
  client = operationsOf(gateway)
  calm = await client.authorize()
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** Calls that go well, so that the circuit breaker is not what is tested. */
const soothe = async (): Promise<void> => {
  for (let calls = 0; calls < 3; calls += 1) await client.consent(calm.consent.id, 0)
}

const finalOf = (begun: Pick<Begun, 'session'>) =>
  expect.poll(() => client.session(begun.session.id), { timeout: NAMED_WITHIN_MS, interval: 250 })

const UNKNOWN_OUTCOME = [
  { __typename: 'ProviderError', code: 'PROVIDER_PROBLEM', problem: { code: 'OUTCOME_UNKNOWN', retryable: false } },
]

/** Each of them may or may not have taken effect, for all that the gateway can see. */
const LOST = [
  ['a connection cut before', { kind: 'reset-before' }, false],
  ['an error page of a proxy', { kind: 'html' }, false],
  ['a bare 500', { kind: 'status', status: 500 }, false],
  ['a connection cut after', { kind: 'reset-after-effect' }, true],
  ['half of the answer', { kind: 'truncate' }, true],
  ['an answer that cannot be read', { kind: 'malformed' }, true],
  ['an answer beyond the deadline', { kind: 'delay', delayMs: CALL_DEADLINE_MS + 1500 }, true],
] as const

test('a start whose answer is lost is named by the reconciler, and never made twice', { timeout: 90_000 }, async () => {
  const started: (readonly [string, boolean, Payload])[] = []
  for (const [index, [name, fault, arrived]] of LOST.entries()) {
    const before = await sandbox.ledger('consent.created')
    await sandbox.fault({ ...fault, match: CREATE })
    const payload = await client.start({
      psu: { phone: newPhone() },
      // Tells these apart for the bank, which takes no name for a consent.
      providerOptions: { openBankProject: { validFrom: new Date(Date.now() + (index + 1) * 10_000) } },
    })
    expect(payload.userErrors, name).toMatchObject(UNKNOWN_OUTCOME)
    expect(payload, name).toMatchObject({
      authSession: { sessionStatus: 'PENDING', nextStep: null },
      consent: { status: 'INITIATED', primaryAction: 'WAIT' },
    })
    expect((await sandbox.ledger('consent.created')).length - before.length, name).toBe(arrived ? 1 : 0)
    started.push([name, arrived, payload])
    await soothe()
  }
  const all = (await sandbox.ledger('consent.created')).length
  for (const [name, arrived, { authSession, consent }] of started) {
    if (!arrived) {
      await finalOf({ session: authSession! }).toMatchObject({
        sessionStatus: 'FAILED',
        problem: { code: 'OUTCOME_UNKNOWN' },
      })
      expect(await client.consent(consent!.id), name).toMatchObject({
        status: 'FAILED',
        statusReason: 'PROVIDER_ERROR',
      })
      continue
    }
    await finalOf({ session: authSession! }).toMatchObject({ sessionStatus: 'AWAITING_USER', problem: null })
    const session = await client.session(authSession!.id)
    expect(await client.answer({ session: session!, step: session!.nextStep! }, '123'), name).toMatchObject({
      userErrors: [],
      consent: { id: consent!.id, status: 'AUTHORIZED' },
    })
  }
  expect(await sandbox.ledger('consent.created')).toHaveLength(all)
})

test('an answer that is lost is looked up, and never sent twice', { timeout: 90_000 }, async () => {
  const answered: (readonly [string, boolean, string, Begun])[] = []
  for (const [name, fault, arrived] of LOST) {
    for (const otp of arrived ? ['123', '999'] : ['123']) {
      const begun = await client.begin({ target: { institutionId: bank('sandbox.otp-by-email') } })
      await sandbox.fault({ ...fault, match: ANSWER })
      const payload = await client.answer(begun, otp)
      expect(payload.userErrors, name).toMatchObject(UNKNOWN_OUTCOME)
      expect(payload, name).toMatchObject({ authSession: { sessionStatus: 'VERIFYING', nextStep: null } })
      expect((await client.answer(begun, '123')).userErrors, name).toMatchObject([{ code: 'STATE_CONFLICT' }])
      answered.push([name, arrived, otp, begun])
      await client.authorize({ target: { institutionId: bank('sandbox.otp-by-email') } })
    }
  }
  for (const [name, arrived, otp, begun] of answered) {
    const { providerConsentId } = begun.consent
    const effects = async (): Promise<readonly string[]> =>
      (await sandbox.ledger(undefined, providerConsentId))
        .map(({ effect }) => effect)
        .filter((effect) => effect !== 'challenge.sent')
    if (!arrived) {
      await finalOf(begun).toMatchObject({ sessionStatus: 'FAILED', problem: { code: 'OUTCOME_UNKNOWN' } })
      // It may not be granted any more, by a late copy of the answer for one.
      await expect.poll(effects, { timeout: 20_000 }).toEqual(['consent.created', 'consent.revoked'])
      continue
    }
    await finalOf(begun).toMatchObject({ sessionStatus: otp === '123' ? 'COMPLETED' : 'FAILED' })
    expect(await client.consent(begun.consent.id), name).toMatchObject(
      otp === '123' ? { status: 'AUTHORIZED' } : { status: 'REJECTED', statusReason: 'OTP_REJECTED' },
    )
    expect(await effects(), name).toEqual(['consent.created', 'challenge.answered'])
  }
})

test(
  'a new code whose making is lost ends the session, and what was made is not used',
  { timeout: 90_000 },
  async () => {
    const begun = await client.begin()
    await sandbox.fault({ kind: 'reset-after-effect', match: CREATE })
    expect((await client.resend(begun)).userErrors).toMatchObject(UNKNOWN_OUTCOME)
    await finalOf(begun).toMatchObject({ sessionStatus: 'FAILED', isFinal: true })
    await expect
      .poll(() => sandbox.ledger('consent.revoked', begun.consent.providerConsentId), { timeout: 20_000 })
      .toHaveLength(1)
  },
)
