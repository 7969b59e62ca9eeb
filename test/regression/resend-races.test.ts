import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { type Begun, type Operations, operationsOf } from '../e2e/operations.ts'
import { CREATE, LIST, REVOKE, type SandboxControl } from '../e2e/sandbox-control.ts'

let gateway: GatewayProcess
let sandbox: SandboxControl
let client: Operations

beforeAll(async () => {
  gateway = await startGateway()
  sandbox = await gateway.sandbox()
  client = operationsOf(gateway)
  await client.authorize()
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** A new code at this bank is a new consent, and the end of the one before. */
const createdSince = async (before: number): Promise<readonly string[]> =>
  (await sandbox.ledger('consent.created')).slice(before).map(({ ids }) => ids['consentId']!)

const count = async (effect: string): Promise<number> => (await sandbox.ledger(effect)).length

const expectAnswerable = async ({ session, consent }: Begun, providerConsentId: string): Promise<void> => {
  expect(await client.consent(consent.id)).toMatchObject({ status: 'AWAITING_AUTHORIZATION', providerConsentId })
  const { nextStep: step } = (await client.session(session.id))!
  expect(await client.answer({ session, step: step! }, '123')).toMatchObject({
    userErrors: [],
    consent: { status: 'AUTHORIZED', providerConsentId },
  })
}

test('a read while a new code is on its way does not take the old consent for revoked', async () => {
  const before = await count('consent.created')
  const begun = await client.begin()
  await sandbox.fault({ kind: 'delay', delayMs: 1500, at: 'reply', match: REVOKE })
  const revoked = await count('consent.revoked')
  const resent = client.resend(begun)
  await expect.poll(() => count('consent.revoked'), { interval: 5 }).toBe(revoked + 1)
  expect(await client.consent(begun.consent.id, 0)).toMatchObject({ status: 'AWAITING_AUTHORIZATION' })
  expect((await resent).userErrors).toEqual([])
  await expectAnswerable(begun, (await createdSince(before))[1]!)
})

test('a read that began before the new code does not bring the old consent back', async () => {
  const before = await count('consent.created')
  const begun = await client.begin()
  const calls = (await sandbox.calls()).length
  await sandbox.fault({ kind: 'delay', delayMs: 1500, at: 'reply', match: LIST })
  const read = client.consent(begun.consent.id, 0)
  await expect.poll(async () => (await sandbox.calls()).length, { interval: 5 }).toBeGreaterThan(calls)
  expect((await client.resend(begun)).userErrors).toEqual([])
  await read
  await expectAnswerable(begun, (await createdSince(before))[1]!)
})

test.each(['cancelAuthorization', 'revokeConsent'] as const)(
  'a new code that comes after %s is taken back, too',
  { timeout: 30_000 },
  async (how) => {
    const before = await count('consent.created')
    const begun = await client.begin()
    await sandbox.fault({ kind: 'delay', delayMs: 1000, at: 'reply', match: CREATE })
    const resent = client.resend(begun)
    await expect.poll(() => createdSince(before), { interval: 5 }).toHaveLength(2)
    const [old, added] = await createdSince(before)
    const ended = how === 'revokeConsent' ? client.revoke(begun.consent.id) : client.cancel(begun.session.id)
    expect((await ended).userErrors).toEqual([])
    await resent
    for (const made of [old!, added!]) {
      await expect.poll(() => sandbox.ledger('consent.revoked', made), { timeout: 20_000 }).not.toEqual([])
    }
    await expect
      .poll(() => client.consent(begun.consent.id), { timeout: 20_000 })
      .toMatchObject({ providerConsentId: added, revocation: { state: 'CONFIRMED' } })
  },
)

test(
  'a new code that comes while the old consent is being taken back is taken back, too',
  { timeout: 30_000 },
  async () => {
    const before = await count('consent.created')
    const begun = await client.begin()
    await sandbox.fault({ kind: 'delay', delayMs: 500, at: 'reply', match: CREATE })
    await sandbox.fault({ kind: 'delay', delayMs: 3000, at: 'request', match: REVOKE })
    const resent = client.resend(begun)
    await expect.poll(() => createdSince(before), { interval: 5 }).toHaveLength(2)
    const [, added] = await createdSince(before)
    // Its own call to the bank is the slow one.
    const ended = client.revoke(begun.consent.id)
    await resent
    await ended
    await expect.poll(() => sandbox.ledger('consent.revoked', added), { timeout: 20_000 }).not.toEqual([])
    await expect
      .poll(() => client.consent(begun.consent.id), { timeout: 20_000 })
      .toMatchObject({ status: 'REVOKED', providerConsentId: added, revocation: { state: 'CONFIRMED' } })
  },
)
