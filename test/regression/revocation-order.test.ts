import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { newPhone, type Operations, operationsOf } from '../e2e/operations.ts'
import { CREATE, type SandboxControl } from '../e2e/sandbox-control.ts'

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

interface Progress {
  readonly state: string
  readonly attempts: number
  readonly requestedAt: string
}

/** Each revocation that its followers were told of, in order. */
const progressOf = async (consentId: string): Promise<readonly Progress[]> => {
  const { consent } = await gateway.graphql<{
    consent: { history: { nodes: readonly { revocation?: Progress }[] } }
  }>(
    `query ($id: ID!) { consent(id: $id, maxAgeSeconds: 1000) { history { nodes {
      ... on ConsentRevocationProgressed { revocation { state attempts requestedAt } }
    } } } }`,
    { id: consentId },
  )
  return consent.history.nodes.flatMap(({ revocation }) => revocation ?? [])
}

/** Pending until the last word, which is the only one that says confirmed; one request all along. */
const expectMonotone = async (consentId: string): Promise<void> => {
  await expect
    .poll(async () => (await client.consent(consentId))?.revocation?.state, { timeout: 30_000, interval: 100 })
    .toBe('CONFIRMED')
  const progress = await progressOf(consentId)
  const states = progress.map(({ state }) => state)
  expect(states.slice(0, -1).filter((state) => state !== 'PROVIDER_PENDING')).toEqual([])
  expect(states.length).toBeGreaterThan(1)
  expect(progress.map(({ attempts }) => attempts)).toEqual(
    progress.map(({ attempts }) => attempts).toSorted((a, b) => a - b),
  )
  expect(new Set(progress.map(({ requestedAt }) => requestedAt)).size).toBe(1)
}

const underWay = async (): Promise<string> => {
  let consentId = ''
  await expect
    .poll(
      async () => {
        const { user } = await gateway.graphql<{
          user: { authSessions: { nodes: readonly { sessionStatus: string; consent: { id: string } }[] } }
        }>(
          '{ user(ref: { externalId: "demo-user" }) { authSessions(first: 1) { nodes { sessionStatus consent { id } } } } }',
        )
        const [newest] = user.authSessions.nodes
        consentId = newest?.consent.id ?? ''
        return newest?.sessionStatus
      },
      { interval: 10 },
    )
    .toBe('PENDING')
  return consentId
}

test(
  'a revocation during a start is pending until what the start brings is taken back',
  { timeout: 60_000 },
  async () => {
    await sandbox.fault({ kind: 'delay', delayMs: 1500, at: 'reply', match: CREATE })
    const started = client.start({ psu: { phone: newPhone() } })
    const consentId = await underWay()
    expect(await client.revoke(consentId)).toMatchObject({
      userErrors: [],
      consent: { status: 'REVOKED', revocation: { state: 'PROVIDER_PENDING', attempts: 0 } },
    })
    // The attempt is not what the start has stored any more, and what the bank has answered is taken all the same.
    expect(await started).toMatchObject({
      userErrors: [],
      authSession: { isFinal: true, nextStep: null },
      consent: { id: consentId, status: 'REVOKED', providerConsentId: expect.any(String) as string },
    })
    await expectMonotone(consentId)
    const { providerConsentId } = (await client.consent(consentId))!
    expect(await sandbox.ledger('consent.revoked', providerConsentId)).toHaveLength(1)
  },
)

test('and is confirmed where the start brings nothing', { timeout: 60_000 }, async () => {
  await sandbox.fault({ kind: 'delay', delayMs: 1000, at: 'request', match: 'GET /*' })
  await sandbox.fault({ kind: 'status', status: 400, body: { code: 400, message: 'OBP-35009' }, match: CREATE })
  const started = client.begin().catch(() => null)
  const consentId = await underWay()
  expect((await client.revoke(consentId)).consent?.revocation).toMatchObject({ state: 'PROVIDER_PENDING' })
  await started
  await expectMonotone(consentId)
  expect((await client.consent(consentId))?.providerConsentId).toBeNull()
})

test('a revocation while a new code is on its way is confirmed once both consents have ended', async () => {
  const begun = await client.begin()
  const before = (await sandbox.ledger('consent.created')).length
  await sandbox.fault({ kind: 'delay', delayMs: 1500, at: 'reply', match: CREATE })
  const resent = client.resend(begun)
  await expect.poll(() => sandbox.ledger('consent.created'), { interval: 5 }).toHaveLength(before + 1)
  await client.revoke(begun.consent.id)
  await resent
  await expectMonotone(begun.consent.id)
  const added = (await sandbox.ledger('consent.created'))[before]!.ids['consentId']!
  expect(await client.consent(begun.consent.id)).toMatchObject({ providerConsentId: added })
  expect(await sandbox.ledger('consent.revoked', added)).toHaveLength(1)
})
