import { describe, expect, test } from 'vitest'
import { type GatewayProcess, type GraphqlError } from '../e2e/gateway-process.ts'
import { operationsOf, type Payload } from '../e2e/operations.ts'
import { hasPostgres } from '../store/postgres-server.ts'
import { openCampaign, quantile } from './campaign.ts'
import { openFollower } from './followers.ts'
import { openReplicaSet } from './replica-set.ts'
import { readLog, readUnnamed } from './stored.ts'
import { startWorkload } from './workload.ts'

const KILLS = { short: 3, long: 20 }
const GATEWAYS = 2
const CLIENTS = 4
const MOST_BETWEEN_KILLS = 30
const PROBES = 5
/** Far above what a refusal takes, and far below what a call may take: nothing hangs. */
const HANGING_MS = 15_000
const NAMED_WITHIN_MS = 90_000

/** What a call is answered while there is no database, and how long that takes. */
const probe = async (
  gateway: GatewayProcess,
  query: string,
): Promise<{ errors: readonly GraphqlError[]; ms: number }> => {
  const startedAt = performance.now()
  const { errors } = await gateway.ask(query)
  return { errors, ms: performance.now() - startedAt }
}
const QUERY = '{ consents(first: 1) { totalCount } }'
const MUTATION = 'mutation { createUser(input: { externalId: "probe" }) { user { id } } }'

const health = async ({ url }: GatewayProcess, which: 'live' | 'ready'): Promise<number> =>
  (await fetch(`${url}/health/${which}`)).status

describe.skipIf(!hasPostgres)('gateways whose PostgreSQL is killed with all its processes, again and again', () => {
  test(
    'stay up, refuse at once, lose nothing they acknowledged, and go on by themselves',
    { timeout: 1_800_000 },
    async (context) => {
      const { rounds, isLong, random } = openCampaign(context, KILLS)
      await using set = await openReplicaSet({ count: GATEWAYS })
      const { gateways, postgres, bank } = set
      const followers = gateways.map(({ url, apiKey }) => openFollower({ url, credential: apiKey }))
      for (const follower of followers) await follower.until(() => follower.items.length === 1)
      let turn = 0
      const workload = startWorkload(CLIENTS, () => gateways[(turn += 1) % GATEWAYS]!)
      const refusedMs: number[] = []
      const backMs: number[] = []
      for (let round = 0; round < rounds; round += 1) {
        await workload.more(1 + Math.floor(random() * MOST_BETWEEN_KILLS))
        await postgres.crash()
        for (let asked = 0; asked < PROBES; asked += 1) {
          for (const gateway of gateways) {
            for (const query of [QUERY, MUTATION]) {
              const { errors, ms } = await probe(gateway, query)
              expect(errors).toMatchObject([{ extensions: { code: 'STORE_UNAVAILABLE', retryable: true } }])
              refusedMs.push(ms)
            }
            expect([await health(gateway, 'live'), await health(gateway, 'ready')]).toEqual([200, 503])
          }
        }
        await postgres.start()
        const startedAt = performance.now()
        for (const gateway of gateways) while ((await health(gateway, 'ready')) !== 200);
        backMs.push(performance.now() - startedAt)
      }
      await workload.more(MOST_BETWEEN_KILLS)
      await workload.stop()

      expect(Math.max(...refusedMs, ...workload.failures.map(({ tookMs }) => tookMs))).toBeLessThan(HANGING_MS)
      const others = workload.failures.filter(({ code, retryable }) => code !== 'STORE_UNAVAILABLE' || !retryable)
      expect(others).toEqual([])
      // The kills came amid work.
      expect(workload.failures.length).toBeGreaterThanOrEqual(rounds)

      const [gateway] = gateways as [GatewayProcess]
      const client = operationsOf(gateway)
      const changing = new Set(workload.unsure.map(({ consentId }) => consentId))
      for (const [id, { version, status }] of workload.acknowledged) {
        const stored = await client.consent(id, 100_000)
        expect(stored!.version).toBeGreaterThanOrEqual(version)
        if (!changing.has(id)) expect(stored!.status).toBe(status)
      }
      await expect
        .poll(() => readUnnamed(gateway, 'demo-user'), { timeout: NAMED_WITHIN_MS, interval: 1000 })
        .toEqual([])

      // What nobody knew of is done once under its key, and was not done before where it is done now.
      for (const { name, input } of workload.unsure) {
        const again = async (): Promise<readonly string[]> =>
          (await client.run(name, input)).userErrors.map(({ code }: Payload['userErrors'][0]) => code)
        await expect.poll(again, { timeout: NAMED_WITHIN_MS, interval: 1000 }).not.toContain('IDEMPOTENCY_IN_PROGRESS')
      }
      const { inbox, ledger } = bank.sandbox
      for (const phone of workload.phones) expect(inbox.messages({ to: phone }).length).toBeLessThanOrEqual(1)
      expect(ledger.entries('challenge.ignored')).toEqual([])

      const log = await readLog(gateway)
      for (const follower of followers) {
        await follower.until(() => follower.seen.length >= log.length)
        expect(follower.seen.map(({ id }) => id)).toEqual(log)
        // It never had to connect again.
        expect(follower.connectedAt).toHaveLength(1)
        await follower.stop()
      }
      if (isLong) {
        const range = (values: readonly number[]): string =>
          `p50 ${Math.round(quantile(values, 0.5))} ms, longest ${Math.round(Math.max(...values))} ms`
        process.stderr.write(
          `${rounds} kills, ${workload.count} mutations acknowledged, ${workload.failures.length} refused, ` +
            `${log.length} events to each of ${GATEWAYS} followers; a refusal took ${range(refusedMs)}; ` +
            `ready after the server: ${range(backMs)}\n`,
        )
      }
    },
  )
})
