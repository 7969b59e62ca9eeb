import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { newPhone, type Operations, operationsOf } from './operations.ts'
import { ANSWER, CREATE, REVOKE, type SandboxControl } from './sandbox-control.ts'

let gateway: GatewayProcess
let sandbox: SandboxControl
let client: Operations
let keys = 0
const newKey = (): string => `key-${(keys += 1)}`

beforeAll(async () => {
  gateway = await startGateway()
  sandbox = await gateway.sandbox()
  client = operationsOf(gateway)
})
afterAll(() => gateway[Symbol.asyncDispose]())

const created = async (): Promise<number> => (await sandbox.ledger('consent.created')).length
const REUSED = [{ __typename: 'RequestError', code: 'IDEMPOTENCY_KEY_REUSED', path: ['input', 'idempotencyKey'] }]
const IN_PROGRESS = [{ __typename: 'RequestError', code: 'IDEMPOTENCY_IN_PROGRESS', path: ['input', 'idempotencyKey'] }]

describe('the same key and the same input', () => {
  test('start nothing again, and answer as the first time', async () => {
    const input = { psu: { phone: newPhone() }, idempotencyKey: newKey() }
    const first = await client.start(input)
    const again = await sandbox.callsDuring(() => client.start(input))
    expect(first.userErrors).toEqual([])
    expect(again).toEqual({ result: first, calls: [] })
  })

  test('show the session as it is by then', async () => {
    const input = { psu: { phone: newPhone() }, idempotencyKey: newKey() }
    const { authSession, consent } = await client.start(input)
    await client.answer({ session: authSession!, step: authSession!.nextStep! }, '123')
    expect(await client.start(input)).toMatchObject({
      consent: { id: consent!.id, status: 'AUTHORIZED' },
      authSession: { id: authSession!.id, sessionStatus: 'COMPLETED' },
    })
  })

  test('answer once, whatever the code: neither it nor a hash of it is kept', async () => {
    const begun = await client.begin()
    const idempotencyKey = newKey()
    const first = await client.answer(begun, '123', { idempotencyKey })
    expect(first).toMatchObject({ userErrors: [], consent: { status: 'AUTHORIZED' } })
    const again = await sandbox.callsDuring(() => client.answer(begun, '999', { idempotencyKey }))
    expect(again).toEqual({ result: first, calls: [] })
  })

  test('say again that the code was wrong', async () => {
    const begun = await client.begin()
    const idempotencyKey = newKey()
    const first = await client.answer(begun, '999', { idempotencyKey })
    expect(first.userErrors).toMatchObject([{ code: 'WRONG_OTP', consentLost: true }])
    expect(await client.answer(begun, '999', { idempotencyKey })).toEqual(first)
    expect(await sandbox.ledger('challenge.answered', begun.consent.providerConsentId)).toHaveLength(1)
  })

  test('send one new code, cancel once, revoke once', async () => {
    const begun = await client.begin()
    const idempotencyKey = newKey()
    const before = await created()
    const resent = await client.resend(begun, { idempotencyKey })
    expect(resent.userErrors).toEqual([])
    expect(await client.resend(begun, { idempotencyKey })).toEqual(resent)
    expect(await created()).toBe(before + 1)

    const cancelled = await client.cancel(begun.session.id, { idempotencyKey })
    expect(await client.cancel(begun.session.id, { idempotencyKey })).toEqual(cancelled)

    const { consent } = await client.authorize()
    const revoked = await client.revoke(consent.id, { idempotencyKey, reason: 'moved' })
    expect(await client.revoke(consent.id, { idempotencyKey, reason: 'moved' })).toEqual(revoked)
    expect(await sandbox.ledger('consent.revoked', consent.providerConsentId)).toHaveLength(1)
  })

  test('do not mind a personal number, which is not kept', async () => {
    const input = { idempotencyKey: newKey() }
    const first = await client.start({ ...input, psu: { personalNumber: '199001011234' } })
    const again = await client.start({ ...input, psu: { personalNumber: '199001015678' } })
    expect(again.userErrors).toEqual([])
    expect(again.authSession?.id).toBe(first.authSession?.id)
  })

  test('report the refusal of the bank again, without asking it', async () => {
    const input = { psu: { phone: '+155535010' }, idempotencyKey: newKey() }
    const first = await client.start(input)
    expect(first).toMatchObject({
      userErrors: [{ code: 'PROVIDER_PROBLEM' }],
      authSession: { sessionStatus: 'FAILED' },
    })
    expect(await sandbox.callsDuring(() => client.start(input))).toEqual({ result: first, calls: [] })
  })
})

describe('the same key', () => {
  test.each<[string, (phone: string) => object]>([
    ['another phone', () => ({ psu: { phone: '+15550000000' } })],
    ['another validity', (phone) => ({ psu: { phone }, access: { validity: { seconds: 60 } } })],
    ['other options', (phone) => ({ psu: { phone }, providerOptions: { openBankProject: { everything: true } } })],
  ])('and %s is refused', async (_, changed) => {
    const phone = newPhone()
    const idempotencyKey = newKey()
    await client.start({ psu: { phone }, idempotencyKey })
    const { result, calls } = await sandbox.callsDuring(() => client.start({ ...changed(phone), idempotencyKey }))
    expect(result).toMatchObject({ authSession: null, consent: null, userErrors: REUSED })
    expect(calls).toEqual([])
  })

  test('is free again after an input that could not be taken', async () => {
    const idempotencyKey = newKey()
    const refused = await client.start({ idempotencyKey, access: { validity: { seconds: 999_999 } } })
    expect(refused.userErrors).toMatchObject([{ code: 'VALIDITY_TOO_LONG' }])
    expect((await client.start({ idempotencyKey })).userErrors).toEqual([])
  })

  test('is another key for another operation, and for the person', async () => {
    const idempotencyKey = newKey()
    const begun = await client.begin({ idempotencyKey })
    expect((await client.resend(begun, { idempotencyKey })).userErrors).toEqual([])
    const frontend = operationsOf(gateway, { as: gateway.userToken })
    const own = await frontend.start({ idempotencyKey })
    expect(own.userErrors).toEqual([])
    expect(own.authSession?.id).not.toBe(begun.session.id)
  })
})

describe('at the same moment', () => {
  test('the second is told to wait, and gets the answer afterwards', async () => {
    const input = { psu: { phone: newPhone() }, idempotencyKey: newKey() }
    await sandbox.fault({ kind: 'delay', delayMs: 1500, match: CREATE })
    const first = client.start(input)
    await expect.poll(async () => (await sandbox.calls()).at(-1)?.path).toMatch(/my\/consents\/SMS$/)
    const second = await client.start(input)
    expect(second).toMatchObject({ authSession: null, consent: null, userErrors: IN_PROGRESS })
    expect(Date.parse(second.userErrors[0]!.retryAt!)).toBeGreaterThan(Date.now() - 1000)
    const { authSession } = await first
    expect((await client.start(input)).authSession?.id).toBe(authSession?.id)
  })

  test('of eight starts one reaches the bank', async () => {
    const input = { psu: { phone: newPhone() }, idempotencyKey: newKey() }
    const before = await created()
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.start(input)))
    expect(await created()).toBe(before + 1)
    const { authSession } = await client.start(input)
    for (const answer of answers) {
      if (answer.userErrors.length > 0) expect(answer.userErrors).toMatchObject(IN_PROGRESS)
      else expect(answer.authSession?.id).toBe(authSession?.id)
    }
  })

  test('of eight answers and of eight revocations too', async () => {
    const begun = await client.begin()
    const idempotencyKey = newKey()
    await Promise.all(Array.from({ length: 8 }, () => client.answer(begun, '123', { idempotencyKey })))
    expect(await client.answer(begun, '123', { idempotencyKey })).toMatchObject({
      userErrors: [],
      consent: { status: 'AUTHORIZED' },
    })
    await Promise.all(Array.from({ length: 8 }, () => client.revoke(begun.consent.id, { idempotencyKey })))
    const effects = (await sandbox.ledger(undefined, begun.consent.providerConsentId)).map(({ effect }) => effect)
    expect(effects).toEqual(['consent.created', 'challenge.sent', 'challenge.answered', 'consent.revoked'])
  })

  test('of eight revocations without a key one reaches the bank', async () => {
    const { consent } = await client.authorize()
    const { calls } = await sandbox.callsDuring(() =>
      Promise.all(Array.from({ length: 8 }, () => client.revoke(consent.id))),
    )
    expect(await sandbox.ledger('consent.revoked', consent.providerConsentId)).toHaveLength(1)
    expect(calls.filter(({ path }) => path.endsWith('/revoke')).length).toBeGreaterThan(0)
    expect(await client.consent(consent.id)).toMatchObject({ status: 'REVOKED', revocation: { state: 'CONFIRMED' } })
  })

  test('of eight users with one name there is one', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => client.createUser('raced')))
    expect(new Set(ids).size).toBe(1)
  })
})

test('a lost connection of the client loses nothing: the same key gets the answer', async () => {
  const input = { psu: { phone: newPhone() }, idempotencyKey: newKey() }
  await sandbox.fault({ kind: 'delay', delayMs: 700, match: CREATE })
  const before = await created()
  const gone = new AbortController()
  const first = client.start(input, { signal: gone.signal })
  await expect.poll(created).toBe(before + 1)
  gone.abort()
  await expect(first).rejects.toThrow()
  await expect.poll(async () => (await client.start(input)).userErrors, { timeout: 5000 }).toEqual([])
  expect(await created()).toBe(before + 1)
})

test('while the bank is asked to revoke, and to take an answer, the same holds', async () => {
  const begun = await client.begin()
  const idempotencyKey = newKey()
  await sandbox.fault({ kind: 'delay', delayMs: 700, match: ANSWER })
  const answering = client.answer(begun, '123', { idempotencyKey })
  await expect.poll(async () => (await client.session(begun.session.id))?.sessionStatus).toBe('VERIFYING')
  expect((await client.answer(begun, '123', { idempotencyKey })).userErrors).toMatchObject(IN_PROGRESS)
  expect((await answering).userErrors).toEqual([])
  await sandbox.fault({ kind: 'delay', delayMs: 700, match: REVOKE })
  const revoking = client.revoke(begun.consent.id, { idempotencyKey })
  await expect.poll(async () => (await client.consent(begun.consent.id))?.status).toBe('REVOKED')
  expect((await client.revoke(begun.consent.id, { idempotencyKey })).userErrors).toMatchObject(IN_PROGRESS)
  expect((await revoking).userErrors).toEqual([])
})
