import { describe, expect, test } from 'vitest'
import type { GatewayProcess } from '../e2e/gateway-process.ts'
import { openSocket, type SocketClient } from '../server/socket-client.ts'
import { newConsent, newEvent, newUser, put } from '../store/entities.ts'
import { hasPostgres } from '../store/postgres-server.ts'
import { openCampaign } from './campaign.ts'
import { openFollower } from './followers.ts'
import { openReplicaSet } from './replica-set.ts'
import { openFiles, residentBytes } from './resources.ts'

/** Sockets that nobody reads from. */
const SLOW = { short: 6, long: 60 }
const FAST = 3
/** More than an inbox and the buffers of the network hold together, at the size of these messages. */
const EVENTS = 4_000
/** In one commit. Whoever reads has them before the next. */
const AT_ONCE = 200
/** Of events that would wait in a memory without limit: this times the sockets would be far above what is allowed. */
const MOST_GROWTH_BYTES = 200 * 1024 * 1024

/** About six kilobytes of each event. */
const LARGE = `subscription ($filter: ConsentStreamFilter, $after: String) {
  consentEvents(filter: $filter, after: $after) {
    __typename
    ... on ConsentSnapshot { cursor }
    ... on StreamGap { gapReason resumeFrom }
    ... on ConsentEvent { id cursor ${Array.from({ length: 25 }, (_, index) => `copy${index}: consent { ...Large }`).join(' ')} }
  }
}
fragment Large on Consent { id status version createdAt updatedAt isFinal provider { id } primaryAction statusReason }`

interface Item {
  readonly __typename: string
  readonly id?: string
  readonly cursor?: string
  readonly resumeFrom?: string
}

const subscribe = async (gateway: GatewayProcess, userId: string, after: string | null): Promise<SocketClient> => {
  const socket = await openSocket(gateway)
  await socket.init({ authorization: `Bearer ${gateway.apiKey}` })
  const variables = { filter: { user: { id: userId } }, after }
  socket.send({ type: 'subscribe', id: 'slow', payload: { query: LARGE, variables } })
  return socket
}

const nextItem = async (socket: SocketClient): Promise<Item | null> => {
  try {
    const { type, payload } = await socket.next()
    return type === 'next' ? (payload.data as { consentEvents: Item }).consentEvents : null
  } catch {
    // The gateway has closed it.
    return null
  }
}

/** What comes until the stream ends, or as many events as there are. */
const drain = async (socket: SocketClient, most: number): Promise<readonly Item[]> => {
  const items: Item[] = []
  while (items.length < most) {
    const item = await nextItem(socket)
    if (item === null) break
    items.push(item)
  }
  return items
}

describe.skipIf(!hasPostgres)('clients that stop reading', () => {
  test('cost others nothing, and the gateway no more than an inbox each', { timeout: 600_000 }, async (context) => {
    const { rounds: slow, isLong } = openCampaign(context, SLOW)
    await using set = await openReplicaSet({ count: 1 })
    const [gateway] = set.gateways as [GatewayProcess]
    const store = await set.openStore()
    const user = newUser('cli_development')
    const consent = newConsent(user)
    await put(store, { kind: 'user.insert', user }, { kind: 'consent.insert', consent })
    const filter = { user: { id: user.id } }
    const fast = Array.from({ length: FAST }, () =>
      openFollower({ url: gateway.url, credential: gateway.apiKey, filter }),
    )
    for (const follower of fast) await follower.until(() => follower.items.length === 1)
    const written: string[] = []
    const write = async (count: number): Promise<void> => {
      for (const wanted = written.length + count; written.length < wanted;) {
        const events = Array.from({ length: AT_ONCE }, () => newEvent(consent))
        await put(store, ...events.map((event) => ({ kind: 'event.append', event }) as const))
        written.push(...events.map(({ id }) => id))
        for (const follower of fast) await follower.until(() => follower.seen.length >= written.length)
      }
    }
    await write(AT_ONCE)

    const files = openFiles(gateway)
    const bytes = residentBytes(gateway)
    await using stack = new AsyncDisposableStack()
    const stopped: { readonly socket: SocketClient; readonly cursor: string }[] = []
    for (let count = 0; count < slow; count += 1) {
      const socket = stack.use(await subscribe(gateway, user.id, null))
      stopped.push({ socket, cursor: (await nextItem(socket))!.cursor! })
      socket.socket.pause()
    }
    await write(EVENTS)
    for (const follower of fast) {
      expect(follower.seen.map(({ id }) => id)).toEqual(written)
      expect(follower.connectedAt).toHaveLength(1)
    }
    const grown = residentBytes(gateway) - bytes
    expect(grown).toBeLessThan(MOST_GROWTH_BYTES)

    // One half reads again; each is told that it was too slow, or was dropped, and misses nothing by going on from there.
    const expected = written.slice(-EVENTS)
    let told = 0
    for (const { socket, cursor } of stopped.slice(0, slow / 2)) {
      socket.socket.resume()
      const items = await drain(socket, EVENTS)
      const last = items.at(-1)
      const isGap = last?.__typename === 'StreamGap'
      if (isGap) told += 1
      const events = isGap ? items.slice(0, -1) : items
      expect(events.length).toBeLessThan(EVENTS)
      const after = (isGap ? last.resumeFrom : events.at(-1)?.cursor) ?? cursor
      const again = stack.use(await subscribe(gateway, user.id, after))
      const rest = await drain(again, EVENTS - events.length)
      expect([...events, ...rest].map(({ id }) => id)).toEqual(expected)
      await again[Symbol.asyncDispose]()
      await socket[Symbol.asyncDispose]()
    }
    // The other never does: it answers no ping any more, and its sockets are let go.
    await expect.poll(() => openFiles(gateway), { timeout: 120_000, interval: 500 }).toBeLessThanOrEqual(files)
    for (const follower of fast) await follower.stop()
    if (isLong) {
      process.stderr.write(
        `${slow} slow readers beside ${FAST}: the gateway grew by ${Math.round(grown / 1_048_576)} MiB, ` +
          `${told} of ${slow / 2} were told, the others dropped\n`,
      )
    }
  })
})
