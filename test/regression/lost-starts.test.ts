import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { bank, newPhone, type Operations, operationsOf, type Payload } from '../e2e/operations.ts'
import { CREATE, type SandboxControl } from '../e2e/sandbox-control.ts'

const CALL_DEADLINE_MS = 4000
const ENDS = ['cancelAuthorization', 'revokeConsent'] as const

let gateway: GatewayProcess
let sandbox: SandboxControl
let client: Operations

beforeAll(async () => {
  await open(await startGateway({ env: { PROVIDER_CALL_DEADLINE_MS: String(CALL_DEADLINE_MS) } }))
})
afterAll(() => gateway[Symbol.asyncDispose]())

const open = async (started: GatewayProcess): Promise<void> => {
  gateway = started
  sandbox = await gateway.sandbox()
  client = operationsOf(gateway)
  // The list of institutions has been heard: the next call is a start's own.
  await client.authorize()
}

interface Open {
  readonly id: string
  readonly sessionStatus: string
  readonly consent: { readonly id: string }
}

/** The session of a start that is under way. */
const underWay = async (): Promise<Open> => {
  const read = () =>
    gateway.graphql<{ user: { authSessions: { nodes: readonly Open[] } } }>(
      '{ user(ref: { externalId: "demo-user" }) { authSessions(first: 1) { nodes { id sessionStatus consent { id } } } } }',
    )
  let newest: Open | undefined
  await expect
    .poll(async () => (newest = (await read()).user.authSessions.nodes[0])?.sessionStatus, { interval: 10 })
    .toBe('PENDING')
  return newest!
}

/** No code is asked for here: what is created is live at once. */
const begin = (): Promise<Payload | null> =>
  client
    .start({ target: { institutionId: bank('sandbox.otp-accepted') }, psu: { phone: newPhone() } })
    // The process is killed before it answers.
    .catch(() => null)

const end = (how: (typeof ENDS)[number], { id, consent }: Open): Promise<Payload> =>
  how === 'cancelAuthorization' ? client.cancel(id) : client.revoke(consent.id)

const expectTakenBack = async (consentId: string, made: string): Promise<void> => {
  await expect.poll(() => sandbox.ledger('consent.revoked', made), { timeout: 60_000, interval: 250 }).toHaveLength(1)
  await expect
    .poll(() => client.consent(consentId), { timeout: 20_000, interval: 250 })
    .toMatchObject({
      status: expect.stringMatching(/^(REJECTED|REVOKED)$/) as string,
      providerConsentId: made,
      revocation: { state: 'CONFIRMED', attempts: 1 },
    })
}

test.each(ENDS)('what a lost start has made is taken back after %s', { timeout: 120_000 }, async (how) => {
  const before = (await sandbox.ledger('consent.created')).length
  await sandbox.fault({ kind: 'delay', delayMs: 1000, at: 'request', match: 'GET /*' })
  await sandbox.fault({ kind: 'reset-after-effect', match: CREATE })
  const started = begin()
  const session = await underWay()
  expect((await end(how, session)).userErrors).toEqual([])
  await started
  const made = (await sandbox.ledger('consent.created')).slice(before)
  expect(made).toHaveLength(1)
  await expectTakenBack(session.consent.id, made[0]!.ids['consentId']!)
})

test.each(ENDS)('what a killed start has made is taken back after %s', { timeout: 120_000 }, async (how) => {
  const before = (await sandbox.ledger('consent.created')).length
  await sandbox.fault({ kind: 'delay', delayMs: CALL_DEADLINE_MS - 500, at: 'reply', match: CREATE })
  const started = begin()
  const session = await underWay()
  await expect.poll(() => sandbox.ledger('consent.created'), { interval: 10 }).toHaveLength(before + 1)
  expect((await end(how, session)).userErrors).toEqual([])
  const made = (await sandbox.ledger('consent.created')).slice(before)
  await open(await gateway.restart('SIGKILL'))
  await started
  await expectTakenBack(session.consent.id, made[0]!.ids['consentId']!)
})
