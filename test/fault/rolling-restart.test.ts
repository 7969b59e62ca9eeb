import { expect, describe, test } from 'vitest'
import type { GatewayProcess } from '../e2e/gateway-process.ts'
import { hasPostgres } from '../store/postgres-server.ts'
import { openCampaign } from './campaign.ts'
import { createEventWriter } from './event-writer.ts'
import { compare, openFollower } from './followers.ts'
import { openReplicaSet, type ReplicaSet } from './replica-set.ts'
import { startWorkload } from './workload.ts'

/** In each, every replica is restarted once. */
const ROUNDS = { short: 1, long: 10 }
const REPLICAS = 3
const CLIENTS = 4
const PEOPLE = 10
const PER_SECOND = 50
const MUTATIONS_BETWEEN = 20

/** A client that sends a request again whose connection ended before any of an answer came, as HTTP clients do. */
const createReconnectingClient = ({ balancer, apiKey }: ReplicaSet) => {
  let reconnected = 0
  const post = async (body: string): Promise<Response> => {
    for (;;) {
      try {
        return await fetch(`${balancer.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
          body,
        })
      } catch (error) {
        if (!(error instanceof TypeError)) throw error
        reconnected += 1
      }
    }
  }
  const graphql: GatewayProcess['graphql'] = async (query, variables = {}) => {
    const text = await (await post(JSON.stringify({ query, variables }))).text()
    const { data, errors } = JSON.parse(text) as { data?: never; errors?: unknown }
    if (errors !== undefined || data == null) throw new Error(text)
    return data
  }
  return {
    graphql,
    get reconnected() {
      return reconnected
    },
  }
}

describe.skipIf(!hasPostgres)('three replicas that are restarted one after the other', () => {
  test(
    'answer every request of clients that reconnect, and bring every event',
    { timeout: 900_000 },
    async (context) => {
      const { rounds, isLong, random } = openCampaign(context, ROUNDS)
      await using set = await openReplicaSet({ count: REPLICAS })
      const writer = await createEventWriter(await set.openStore(), PEOPLE)
      const followers = writer.users.map(({ id }) =>
        openFollower({ url: set.balancer.url, credential: set.apiKey, filter: { user: { id } } }),
      )
      for (const follower of followers) await follower.until(() => follower.items.length === 1)
      const client = createReconnectingClient(set)
      const workload = startWorkload(CLIENTS, () => client)
      for (let round = 0; round < rounds; round += 1) {
        for (let index = 0; index < REPLICAS; index += 1) {
          const writing = writer.write(PER_SECOND * 2, PER_SECOND, random)
          await workload.more(Math.ceil(random() * MUTATIONS_BETWEEN))
          expect(await set.replace(index, 'SIGTERM')).toEqual({ code: 0, signal: null })
          await writing
        }
      }
      await workload.more(MUTATIONS_BETWEEN)
      await workload.stop()
      await writer.writeToEach()

      expect(workload.failures).toEqual([])
      const { inbox, ledger } = set.bank.sandbox
      for (const phone of workload.phones) expect(inbox.messages({ to: phone })).toHaveLength(1)
      expect(ledger.entries('challenge.ignored')).toEqual([])
      for (const [index, follower] of followers.entries()) {
        const written = writer.writtenFor(writer.users[index]!)
        const count = [...written.values()].flat().length
        await follower.until(() => follower.seen.length >= count)
        expect(compare(follower, written)).toEqual({ missed: 0, duplicated: 0, disordered: 0 })
        expect(follower.items).toHaveLength(1)
        await follower.stop()
      }
      // Every replica was left by those who followed on it.
      expect(followers.reduce((sum, { connectedAt }) => sum + connectedAt.length, 0)).toBeGreaterThan(followers.length)
      if (isLong) {
        process.stderr.write(
          `${rounds * REPLICAS} restarts, ${workload.count} mutations answered, ${client.reconnected} of them sent again, ` +
            `${writer.count} events to ${PEOPLE} followers\n`,
        )
      }
    },
  )
})
