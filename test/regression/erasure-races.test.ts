import { afterEach, expect, test } from 'vitest'
import type { ConsentId, UserId } from '../../src/domain/ids.ts'
import type { Write } from '../../src/domain/store.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { openKeyRing } from '../../src/store/key-ring.ts'
import { createSealer } from '../../src/store/sealing.ts'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { bank, newPhone, type Operations, operationsOf } from '../e2e/operations.ts'
import { CREATE, REVOKE, type SandboxControl } from '../e2e/sandbox-control.ts'

const CALL_DEADLINE_MS = 4000
const SOON = { timeout: 60_000, interval: 200 } as const
const DELETE = `mutation ($input: DeleteUserInput!) { deleteUser(input: $input) {
  erasure { erasureState } userErrors { ... on UserError { code } }
} }`
const ERASURE = '{ user(ref: { id: "$ID" }) { erasure { erasureState } } }'

let gateway: GatewayProcess
let sandbox: SandboxControl
let client: Operations

const open = async (started: Promise<GatewayProcess>): Promise<void> => {
  gateway = await started
  sandbox = await gateway.sandbox()
  client = operationsOf(gateway)
}
const openFresh = () => open(startGateway({ env: { PROVIDER_CALL_DEADLINE_MS: String(CALL_DEADLINE_MS) } }))

afterEach(() => gateway[Symbol.asyncDispose]())

const erase = async (id: string): Promise<unknown> =>
  (await gateway.graphql<{ deleteUser: unknown }>(DELETE, { input: { user: { id } } })).deleteUser

const stateOf = async (id: string): Promise<string | undefined> =>
  (await gateway.graphql<{ user: { erasure: { erasureState: string } | null } | null }>(ERASURE.replace('$ID', id)))
    .user?.erasure?.erasureState

/** No code is asked for here: what is created is live at once. */
const start = (id: string) =>
  client
    .start({ user: { id }, target: { institutionId: bank('sandbox.otp-accepted') }, psu: { phone: newPhone() } })
    // The process is killed before it answers.
    .catch(() => null)

test('what a killed start has made is taken back before its person is forgotten', { timeout: 120_000 }, async () => {
  await openFresh()
  await client.authorize()
  const id = await client.createUser('erased-while-starting')
  const before = (await sandbox.ledger('consent.created')).length
  await sandbox.fault({ kind: 'delay', delayMs: CALL_DEADLINE_MS - 500, at: 'reply', match: CREATE })
  const started = start(id)
  await expect.poll(() => sandbox.ledger('consent.created'), { interval: 10 }).toHaveLength(before + 1)
  await erase(id)
  const made = (await sandbox.ledger('consent.created'))[before]!.ids['consentId']!
  await open(gateway.restart('SIGKILL'))
  await started
  await expect.poll(() => stateOf(id), SOON).toBe('COMPLETED')
  expect(await sandbox.ledger('consent.revoked', made)).toHaveLength(1)
})

test('a start whose institutions came after the erasure reaches no bank', { timeout: 60_000 }, async () => {
  await openFresh()
  const id = await client.createUser('erased-before-starting')
  await sandbox.fault({ kind: 'delay', delayMs: CALL_DEADLINE_MS - 500, match: 'GET /obp/v3.1.0/banks' })
  const calls = (await sandbox.calls()).length
  const started = start(id)
  await expect.poll(async () => (await sandbox.calls()).length, { interval: 10 }).toBeGreaterThan(calls)
  await erase(id)
  await expect.poll(() => stateOf(id), SOON).toBe('COMPLETED')
  expect((await started)?.userErrors).toMatchObject([{ code: 'STATE_CONFLICT' }])
  expect(await sandbox.ledger('consent.created')).toEqual([])
})

/** As days of failures leave it: the bank has not confirmed, and the next look is hours away. */
const giveUp = async (dataDir: string, userId: string, consentId: string): Promise<void> => {
  const sealer = createSealer(await openKeyRing({ dataDir, configuredKeys: [] }))
  const store = await openEmbeddedStore({ directory: dataDir, sealer })
  const [user] = await store.users.byIds('SYSTEM', [userId as UserId])
  const [consent] = await store.consents.byIds('SYSTEM', [consentId as ConsentId])
  const stuck = { ...consent!.revocation!, state: 'NEEDS_ATTENTION', nextAttemptAt: null } as const
  const erase = { kind: 'ERASE_USER', subject: user!.id } as const
  const writes: readonly Write[] = [
    { kind: 'consent.update', consent: { ...consent!, revocation: stuck, version: consent!.version + 1 } },
    { kind: 'job.drop', job: { kind: 'REVOKE', subject: consent!.id } },
    {
      kind: 'user.erasing',
      clientId: user!.clientId,
      userId: user!.id,
      erasure: {
        ...user!.erasure!,
        stuckConsents: 1,
        providers: [{ provider: 'FISKIL', state: 'NEEDS_ATTENTION', lastProblem: null, tries: 6 }],
      },
    },
    { kind: 'job.schedule', job: erase, dueAt: new Date(Date.now() + 6 * 3_600_000) },
  ]
  expect(await store.commit(writes)).toEqual({ committed: true })
  await store.close()
}

test('an erasure that needs attention goes on at once when it is asked for again', { timeout: 120_000 }, async () => {
  await openFresh()
  const id = await client.createUser('stuck')
  const { consent } = await client.authorize({ user: { id } })
  await sandbox.fault({ kind: 'status', status: 503, match: REVOKE, times: 1000 })
  await erase(id)
  await gateway.stop('SIGKILL')
  await giveUp(gateway.dataDir, id, consent.id)
  await open(gateway.restart('SIGKILL'))
  await sandbox.heal()
  expect(await stateOf(id)).toBe('NEEDS_ATTENTION')
  expect(await erase(id)).toEqual({ erasure: { erasureState: 'IN_PROGRESS' }, userErrors: [] })
  await expect.poll(() => stateOf(id), SOON).toBe('COMPLETED')
  expect(await sandbox.ledger('consent.revoked', consent.providerConsentId)).toHaveLength(1)
})
