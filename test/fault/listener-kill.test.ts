import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { connect, hasPostgres } from '../store/postgres-server.ts'
import { openCampaign, quantile } from './campaign.ts'
import { createEventWriter } from './event-writer.ts'
import { compare, openFollower } from './followers.ts'
import { openReplicaSet } from './replica-set.ts'

/** In each, about half of the connections that listen are ended. */
const ROUNDS = { short: 20, long: 200 }
const EVERY_MS = 400
const SHORT = { perSecond: 100 }
const LONG = { perSecond: 500 }
const REPLICAS = 3
const PEOPLE = 20

/** What a connection that listens asked last; those of the pool never ask that. */
const LISTENERS = `select pid from pg_stat_activity
  where datname = current_database() and application_name = 'consentgraph' and query ~ '^\\s*(with now|notify|set enable_seqscan)'`

describe.skipIf(!hasPostgres)('three replicas whose listening connections are ended again and again', () => {
  test(
    'bring each event to the followers of each, once and in order, on the connections that they have',
    { timeout: 1_800_000 },
    async (context) => {
      const { rounds, isLong, random } = openCampaign(context, ROUNDS)
      const { perSecond } = isLong ? LONG : SHORT
      await using set = await openReplicaSet({ count: REPLICAS })
      const writer = await createEventWriter(await set.openStore(), PEOPLE)
      // One of everything, and one of one user, at each replica.
      const everybody = new Map(writer.users.flatMap((user) => [...writer.writtenFor(user)]))
      const [someone] = writer.users
      const followed = set.gateways.flatMap(({ url, apiKey }) => [
        { follower: openFollower({ url, credential: apiKey }), written: everybody },
        {
          follower: openFollower({ url, credential: apiKey, filter: { user: { id: someone!.id } } }),
          written: writer.writtenFor(someone!),
        },
      ])
      for (const { follower } of followed) await follower.until(() => follower.items.length === 1)

      await using admin = await connect(set.databaseUrl)
      const writing = writer.write(rounds * (EVERY_MS / 1000) * perSecond, perSecond, random)
      let ended = 0
      for (let round = 0; round < rounds; round += 1) {
        const { rows } = await admin.client.query<{ pid: number }>(LISTENERS)
        for (const { pid } of rows.filter(() => random() < 0.5)) {
          await admin.client.query('select pg_terminate_backend($1)', [pid])
          ended += 1
        }
        await pause(EVERY_MS)
      }
      await writing
      await writer.writeToEach()

      for (const { follower, written } of followed) {
        const count = [...written.values()].flat().length
        await follower.until(() => follower.seen.length >= count)
        expect(compare(follower, written)).toEqual({ missed: 0, duplicated: 0, disordered: 0 })
        expect(follower.connectedAt).toHaveLength(1)
        await follower.stop()
      }
      expect(ended).toBeGreaterThan(rounds)
      if (isLong) {
        const commits: ReadonlyMap<string, number> = new Map(
          [...everybody.values()].flat().map(({ id, at }) => [id, at]),
        )
        const lags = followed.flatMap(({ follower }) => follower.seen.map(({ id, at }) => at - commits.get(id)!))
        const at = (share: number): string => `${Math.round(quantile(lags, share))} ms`
        process.stderr.write(
          `${ended} listeners ended, ${commits.size} events to each of ${REPLICAS} replicas; ` +
            `from the commit's beginning to the client: p50 ${at(0.5)}, p99 ${at(0.99)}\n`,
        )
      }
    },
  )
})
