import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { type LiveClient, openLiveClient } from '../e2e/live-client.ts'
import { newPhone, operationsOf } from '../e2e/operations.ts'
import { openOwnBank } from '../e2e/own-bank.ts'
import { HIGH_LIMITS } from '../fault/high-limits.ts'
import { temporaryDirectory } from '../store/directory.ts'
import type { Collection } from './collector.ts'
import { DOCUMENTS } from './documents.ts'

/** In a round, so many at a time: what is under way at a collection survives it, and must not count for much. */
const AT_ONCE = 4
/** Of a few rounds the one that left least: who keeps something of each request keeps it in every round. */
const ROUNDS = 3
/** Of a request that reads. It makes some fifty times as much, and leaves a third of this: what is compiled and known by heart. */
const MOST_BYTES = 2_048
/** Of an authorization, its revocation and their events, which is still on its way when the answers are there. */
const MOST_BYTES_OF_A_CHANGE = 16_384

const FRESH = 1_000_000

const stack = new AsyncDisposableStack()
let gateway: GatewayProcess
let socket: string
let consentId: string
let live: LiveClient

beforeAll(async () => {
  const directory = stack.use(await temporaryDirectory())
  // Simulators in the gateway's own process would remember what they were asked.
  const bank = stack.use(await openOwnBank(directory.path))
  socket = join(directory.path, 'collector.sock')
  gateway = stack.use(
    await startGateway({
      env: {
        ...bank.env,
        ...HIGH_LIMITS,
        ENABLE_BANKING_ENABLED: 'false',
        FISKIL_ENABLED: 'false',
        INSURELY_ENABLED: 'false',
        LOG_LEVEL: 'fatal',
        COLLECTOR_SOCKET: socket,
        NODE_OPTIONS: `--import=${join(import.meta.dirname, 'collector.ts')}`,
      },
    }),
  )
  live = stack.use(openLiveClient(gateway.url, gateway.apiKey))
  consentId = (await operationsOf(gateway).authorize({ psu: { phone: newPhone() } })).consent.id
})

afterAll(() => stack.disposeAsync())

/** Bytes of objects that are left. */
const collect = async (collection: Collection): Promise<number> => {
  const connection = connect(socket)
  connection.write(collection)
  return Number(await text(connection))
}

const repeat = async (times: number, run: () => Promise<unknown>): Promise<void> => {
  let begun = 0
  const one = async (): Promise<void> => {
    while (begun < times) {
      begun += 1
      await run()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
}

/** What one of them leaves behind until the next full collection. */
const survivorsOf = async (times: number, run: () => Promise<unknown>): Promise<number> => {
  await repeat(times, run)
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await collect('major')
    await repeat(times, run)
    least = Math.min(least, ((await collect('minor')) - before) / times)
  }
  return least
}

test.each([
  ['a consent from the store', 150, () => gateway.graphql(DOCUMENTS.consent, { id: consentId, age: FRESH })],
  ['a consent read live', 150, () => gateway.graphql(DOCUMENTS.consent, { id: consentId, age: 0 })],
  [
    'the consents of a user, read live',
    100,
    () => gateway.graphql(DOCUMENTS.consentsOfUser, { user: { externalId: 'demo-user' }, age: 0 }),
  ],
])('nothing of %s survives its request', async (_, times, run) => {
  expect(await survivorsOf(times, run)).toBeLessThan(MOST_BYTES)
})

test('nothing of an authorization, and of the events that it makes, survives it', async () => {
  const client = operationsOf(gateway)
  const events = live.subscribe<{ consentEvents: { __typename: string } }, 'consentEvents'>(
    'consentEvents',
    DOCUMENTS.consentEvents,
  )
  await events.next()
  const authorize = async (): Promise<void> => {
    const { session } = await client.begin({ psu: { phone: newPhone() } })
    await client.cancel(session.id)
  }
  expect(await survivorsOf(30, authorize)).toBeLessThan(MOST_BYTES_OF_A_CHANGE)
  await events.stop()
})
