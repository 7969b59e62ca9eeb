import { describe, expect, test } from 'vitest'
import { operationsOf } from '../e2e/operations.ts'
import { hasPostgres } from '../store/postgres-server.ts'
import { openCampaign, quantile } from './campaign.ts'
import { createEventWriter, type EventWriter } from './event-writer.ts'
import { compare, type Follower, openFollower } from './followers.ts'
import { openReplicaSet, type ReplicaSet } from './replica-set.ts'

/** One replica is killed in each. */
const KILLS = { short: 3, long: 30 }
const SHORT = { people: 50, perSecond: 100, changesBetween: 500 }
/** Every ten seconds, where the rate is reached. */
const LONG = { people: 500, perSecond: 500, changesBetween: 5_000 }
const REPLICAS = 3

const followAll = async ({ gateways, balancer }: ReplicaSet, { users }: EventWriter): Promise<readonly Follower[]> => {
  const client = operationsOf(gateways[0]!)
  const followers: Follower[] = []
  for (const { externalId } of users) {
    const follower = openFollower({ url: balancer.url, credential: await client.token(externalId!) })
    followers.push(follower)
    await follower.until(() => follower.items.length === 1)
  }
  return followers
}

/**
 * From the kill until a follower of the killed replica had what there was to tell, in ms: until its new connection, and
 * from then, or from the commit where that came later, until the first event. Those who were on another are not counted.
 */
const resumeTimes = (
  followers: readonly Follower[],
  { users, writtenFor }: EventWriter,
  kills: readonly number[],
): readonly number[] =>
  followers.flatMap(({ seen, connectedAt }, index) => {
    const commits: ReadonlyMap<string, number> = new Map(
      [...writtenFor(users[index]!).values()].flat().map(({ id, at }) => [id, at]),
    )
    return kills.flatMap((killedAt, kill) => {
      const connected = connectedAt.find((at) => at > killedAt && at < (kills[kill + 1] ?? Infinity))
      const first = connected === undefined ? undefined : seen.find(({ at }) => at > connected)
      if (connected === undefined || first === undefined) return []
      return [connected - killedAt + first.at - Math.max(connected, commits.get(first.id)!)]
    })
  })

describe.skipIf(!hasPostgres)('three replicas, one of them killed again and again', () => {
  test(
    'miss no event for anyone who follows, bring none twice, and keep the order of each consent',
    { timeout: 1_800_000 },
    async (context) => {
      const { rounds, isLong, random } = openCampaign(context, KILLS)
      const { people, perSecond, changesBetween } = isLong ? LONG : SHORT
      await using set = await openReplicaSet({ count: REPLICAS })
      const writer = await createEventWriter(await set.openStore(), people)
      const followers = await followAll(set, writer)
      const kills: number[] = []
      const startedAt = performance.now()
      for (let round = 0; round < rounds; round += 1) {
        const killAt = writer.count + random() * changesBetween * 0.5
        const writing = writer.write(changesBetween, perSecond, random)
        await writer.until(killAt)
        kills.push(performance.now())
        await Promise.all([writing, set.replace(Math.floor(random() * REPLICAS), 'SIGKILL')])
      }
      const rate = writer.count / ((performance.now() - startedAt) / 1000)
      await writer.writeToEach()
      const counts = writer.users.map((user) => [...writer.writtenFor(user).values()].flat().length)
      await Promise.all(
        followers.map((follower, index) =>
          follower.until(() => new Set(follower.seen.map(({ id }) => id)).size >= counts[index]!),
        ),
      )

      const differences = followers.map((follower, index) => compare(follower, writer.writtenFor(writer.users[index]!)))
      expect(differences).toEqual(followers.map(() => ({ missed: 0, duplicated: 0, disordered: 0 })))
      // Nobody began anew: what came after a kill came by the cursor.
      expect(followers.flatMap(({ items }) => items).map(({ __typename }) => __typename)).toEqual(
        followers.map(() => 'ConsentSnapshot'),
      )
      const resumed = resumeTimes(followers, writer, kills)
      // The kills hit somebody.
      expect(resumed.length).toBeGreaterThan(rounds)
      await Promise.all(followers.map((follower) => follower.stop()))
      if (isLong) {
        const at = (share: number): string => `${Math.round(quantile(resumed, share))} ms`
        process.stderr.write(
          `${writer.count} events at ${Math.round(rate)} a second to ${people} followers, ${rounds} kills, ` +
            `${resumed.length} resumptions: p50 ${at(0.5)}, p99 ${at(0.99)}\n`,
        )
      }
    },
  )
})
