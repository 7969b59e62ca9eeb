import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test, type TestContext } from 'vitest'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { openLiveClient } from '../e2e/live-client.ts'
import { newPhone, operationsOf } from '../e2e/operations.ts'
import { openOwnBank } from '../e2e/own-bank.ts'
import { temporaryDirectory } from '../store/directory.ts'
import { hasPostgres } from '../store/postgres-server.ts'
import { openCampaign, quantile } from './campaign.ts'
import { HIGH_LIMITS } from './high-limits.ts'
import { openReplicaSet } from './replica-set.ts'
import { moreThan, mostOf, readResources, REPORTING_ENV, residentBytes, type Resources } from './resources.ts'

/** Each is ten seconds of load, and more where a busy machine gets little done in them. */
const ROUNDS = { short: 3, long: 60 }
const ROUND_MS = 10_000
/** Of each gateway in a round: with fewer, what is compiled meanwhile would count for much. */
const LEAST_OPERATIONS = 1_000
const WARM_UP_MS = 5_000
const CLIENTS = 6
const POOL_SIZE = 8
/** What is kept for later use is let go by then: connections to banks, to the database, of clients. */
const SETTLED_WITHIN_MS = 120_000
/**
 * What is compiled and kept for later use grows in a round or two, and is given back in another. What a process never lets
 * go of grows alike in each: the middle one tells.
 */
const MOST_GROWTH_PER_OPERATION_BYTES = 1_024

const EVENTS =
  'subscription { consentEvents { __typename ... on ConsentSnapshot { cursor } ... on ConsentEvent { id } } }'
const READS = [
  '{ consents(first: 20) { totalCount nodes { id status provider { id } history(first: 5) { nodes { id } } } } }',
  '{ user(ref: { externalId: "demo-user" }) { id consents(first: 5, maxAgeSeconds: 1000) { nodes { id status } sources { outcome } } } }',
  '{ institutions(first: 5) { nodes { id name } } }',
  '{ nonsense }',
  'not a document',
]

/** One client after the other does a little of everything, refusals and lost connections included. */
const startLoad = (gateways: readonly GatewayProcess[]) => {
  const stopping = new AbortController()
  let operations = 0
  const turn = async (gateway: GatewayProcess): Promise<void> => {
    const client = operationsOf(gateway)
    await using live = openLiveClient(gateway.url, gateway.apiKey)
    const events = live.subscribe<{ consentEvents: { id?: string } }, 'consentEvents'>('consentEvents', EVENTS)
    await events.next()
    const begun = await client.begin({ psu: { phone: newPhone() } })
    for (const query of READS) await gateway.ask(query)
    await gateway.ask(READS[0]!, {}, { as: 'nobody' })
    await client.answer(begun, '123')
    await client.token('demo-user')
    await client.revoke(begun.consent.id)
    await events.until(({ id }) => id !== undefined)
    if (operations % 2 === 0) await events.stop()
    else live.cut()
    operations += 12
  }
  const run = async (index: number): Promise<void> => {
    while (!stopping.signal.aborted) await turn(gateways[index % gateways.length]!)
  }
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, index) => run(index)))
  // Whoever stops it sees what went wrong.
  clients.catch(() => {})
  return {
    operations: () => operations,
    /** Rejects where something went wrong. */
    ended: clients,
    stop: async () => {
      stopping.abort()
      await clients
      return operations
    },
  }
}

const LOOKS = 5

/**
 * What it has at rest: when nothing of it changes any more, the most of a few looks. A process that sleeps and looks for work in
 * turn has a timer now and none then.
 */
const untilSettled = async (gateway: GatewayProcess): Promise<Resources> => {
  for (let last = await readResources(gateway); ;) {
    await pause(3_000)
    let now = await readResources(gateway)
    if (Object.keys(moreThan(last, now)).length > 0 || Object.keys(moreThan(now, last)).length > 0) {
      last = now
      continue
    }
    for (let looks = 0; looks < LOOKS; looks += 1) {
      await pause(700)
      now = mostOf(now, await readResources(gateway))
    }
    return now
  }
}

/** Least squares, in bytes a minute. */
const slopeOf = (samples: readonly { readonly atMs: number; readonly bytes: number }[]): number => {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [at, bytes] = [mean(samples.map(({ atMs }) => atMs)), mean(samples.map((sample) => sample.bytes))]
  const above = samples.reduce((sum, sample) => sum + (sample.atMs - at) * (sample.bytes - bytes), 0)
  return (above / samples.reduce((sum, { atMs }) => sum + (atMs - at) ** 2, 0)) * 60_000
}

/** @param pooled connections to the database that each may have open or not; a leak is of thousands of operations */
const soak = async (context: TestContext, gateways: readonly GatewayProcess[], pooled = 0): Promise<void> => {
  const { rounds, isLong } = openCampaign(context, ROUNDS)
  const warmUp = startLoad(gateways)
  await pause(WARM_UP_MS)
  await warmUp.stop()
  const before: Resources[] = []
  for (const gateway of gateways) before.push(await untilSettled(gateway))

  const startedAt = performance.now()
  const samples = gateways.map((): { atMs: number; bytes: number }[] => [])
  const heaps = before.map(({ heapBytes }) => [heapBytes])
  const operations: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const load = startLoad(gateways)
    const endsAt = performance.now() + ROUND_MS
    while (performance.now() < endsAt || load.operations() < LEAST_OPERATIONS * gateways.length) {
      await Promise.race([pause(1_000), load.ended])
      for (const [index, gateway] of gateways.entries()) {
        samples[index]!.push({ atMs: performance.now() - startedAt, bytes: residentBytes(gateway) })
      }
    }
    operations.push((await load.stop()) / gateways.length)
    await pause(1_000)
    for (const [index, gateway] of gateways.entries()) heaps[index]!.push((await readResources(gateway)).heapBytes)
  }

  for (const [index, gateway] of gateways.entries()) {
    const growths = operations.map((count, round) => (heaps[index]![round + 1]! - heaps[index]![round]!) / count)
    expect(quantile(growths, 0.5)).toBeLessThan(MOST_GROWTH_PER_OPERATION_BYTES)
    await expect
      .poll(async () => moreThan(before[index]!, await readResources(gateway), pooled), {
        timeout: SETTLED_WITHIN_MS,
        interval: 1_000,
      })
      .toEqual({})
    if (isLong) process.stderr.write(`${describeSoak(samples[index]!, heaps[index]!, operations, before[index]!)}\n`)
  }
}

const describeSoak = (
  samples: readonly { readonly atMs: number; readonly bytes: number }[],
  heaps: readonly number[],
  operations: readonly number[],
  before: Resources,
): string => {
  const third = Math.floor(operations.length / 3)
  const done = operations.slice(third).reduce((sum, count) => sum + count, 0)
  const each = (heaps.at(-1)! - heaps[third]!) / done
  const settled = samples.slice(Math.floor(samples.length / 3))
  const mebi = (bytes: number): string => (bytes / 1_048_576).toFixed(1)
  return (
    `${operations.length} rounds of ${ROUND_MS / 1_000} s; in the last two thirds ${Math.round(done)} operations, ` +
    `RSS ${mebi(settled[0]!.bytes)} to ${mebi(settled.at(-1)!.bytes)} MiB, ${mebi(slopeOf(settled))} MiB a minute, ` +
    `heap ${Math.round(each)} bytes an operation; as before: ${before.files} files, ${JSON.stringify(before.active)}`
  )
}

describe('a gateway under load of every kind', () => {
  test('lets go of all that it took: embedded store', { timeout: 1_800_000 }, async (context) => {
    await using directory = await temporaryDirectory()
    await using bank = await openOwnBank(directory.path)
    const others = { ENABLE_BANKING_ENABLED: 'false', FISKIL_ENABLED: 'false', INSURELY_ENABLED: 'false' }
    await using gateway = await startGateway({
      env: { ...bank.env, ...others, ...HIGH_LIMITS, ...REPORTING_ENV, LOG_LEVEL: 'fatal' },
    })
    await soak(context, [gateway])
  })

  test.skipIf(!hasPostgres)(
    'lets go of all that it took: three on PostgreSQL',
    { timeout: 1_800_000 },
    async (context) => {
      const pool = { DATABASE_POOL_SIZE: String(POOL_SIZE) }
      const env = { ...HIGH_LIMITS, ...REPORTING_ENV, ...pool, LOG_LEVEL: 'fatal' }
      await using set = await openReplicaSet({ count: 3, env })
      await soak(context, set.gateways, POOL_SIZE)
    },
  )
})
