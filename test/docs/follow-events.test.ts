import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FollowOptions, StreamItem } from '../../examples/subscribe/consent-events.ts'
import { followEventStream } from '../../examples/subscribe/follow-event-stream.ts'
import { followEvents } from '../../examples/subscribe/follow-events.ts'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { type Operations, operationsOf } from '../e2e/operations.ts'
import { startTcpProxy } from './tcp-proxy.ts'

let gateway: GatewayProcess
let client: Operations

beforeAll(async () => {
  gateway = await startGateway()
  client = operationsOf(gateway)
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** Follows, and lets a test wait for what it expects. */
const recordBy =
  (follow: typeof followEvents) => (options: Omit<FollowOptions, 'credential' | 'onItem'> & Partial<FollowOptions>) => {
    const items: StreamItem[] = []
    let wake = (): void => {}
    const following = follow({
      credential: () => gateway.apiKey,
      ...options,
      onItem: (item) => {
        items.push(item)
        wake()
      },
    })
    const failed = following.ended.then(() => Promise.reject(new Error('the stream has ended')))
    // Whoever waits sees it.
    failed.catch(() => {})
    return {
      items,
      ids: () => items.flatMap(({ id }) => id ?? []),
      until: async (wanted: (items: readonly StreamItem[]) => boolean) => {
        while (!wanted(items)) await Promise.race([new Promise<void>((resolve) => (wake = resolve)), failed])
      },
      [Symbol.asyncDispose]: async () => {
        following.stop()
        await following.ended.catch(() => {})
      },
    }
  }

const loggedIds = async (externalId: string): Promise<readonly string[]> => {
  const { consentEvents } = await gateway.graphql<{ consentEvents: { nodes: readonly { id: string }[] } }>(
    'query ($filter: ConsentStreamFilter) { consentEvents(filter: $filter, first: 100) { nodes { id } } }',
    { filter: { user: { externalId } } },
  )
  return consentEvents.nodes.map(({ id }) => id)
}

/** A whole life: its last event is a confirmed revocation. */
const liveOnce = async (externalId: string): Promise<void> => {
  const { consent } = await client.authorize({ user: { externalId } })
  await client.revoke(consent.id)
}
const isConfirmed = ({ revocation }: StreamItem): boolean => revocation?.state === 'CONFIRMED'
const lives = (count: number) => (items: readonly StreamItem[]) => items.filter(isConfirmed).length === count

describe.each([
  ['a WebSocket', followEvents],
  ['an event stream', followEventStream],
] as const)('a client that follows events over %s', (transport, follow) => {
  const record = recordBy(follow)
  const named = (name: string): string => `${name} by ${transport}`

  test('gets each event once and in order when its connection is cut and stays away for a while', async () => {
    await client.createUser(named('cut'))
    await using proxy = await startTcpProxy(gateway.url)
    await using stream = record({ url: proxy.url, filter: { user: { externalId: named('cut') } } })
    await stream.until(([first]) => first?.__typename === 'ConsentSnapshot')
    await liveOnce(named('cut'))
    // In the middle of a life: some of it is on the wire, some is not.
    await stream.until((items) => items.some(({ to }) => to === 'AUTHORIZED'))
    const refused = proxy.cut()
    await liveOnce(named('cut'))
    await refused
    proxy.heal()
    await liveOnce(named('cut'))
    await stream.until(lives(3))

    expect(stream.ids()).toEqual(await loggedIds(named('cut')))
    expect(stream.items.filter(({ __typename }) => __typename === 'ConsentSnapshot')).toHaveLength(1)
    expect(proxy.connections).toBe(2)
  })

  test('gives up a connection on which nothing comes any more, and loses nothing', async () => {
    await client.createUser(named('frozen'))
    await using proxy = await startTcpProxy(gateway.url)
    await using stream = record({ url: proxy.url, filter: { user: { externalId: named('frozen') } }, silenceMs: 100 })
    await stream.until(([first]) => first?.__typename === 'ConsentSnapshot')
    proxy.freeze()
    await liveOnce(named('frozen'))
    await stream.until(lives(1))
    expect(stream.ids()).toEqual(await loggedIds(named('frozen')))
  })

  test('goes on where an earlier process stopped', async () => {
    await client.createUser(named('later'))
    await liveOnce(named('later'))
    await using first = record({ url: gateway.url, filter: { user: { externalId: named('later') } } })
    await first.until(([snapshot]) => snapshot?.__typename === 'ConsentSnapshot')
    await liveOnce(named('later'))
    await using second = record({
      url: gateway.url,
      filter: { user: { externalId: named('later') } },
      after: first.items[0]?.cursor ?? null,
    })
    await second.until(lives(1))
    expect(second.items[0]?.__typename).toBe('ConsentStatusChanged')
    expect(second.ids()).toEqual((await loggedIds(named('later'))).slice(-second.ids().length))
  })

  test('asks for a credential with each connection, and ends when one after another is refused', async () => {
    const asked: string[] = []
    const credentials = ['wrong', gateway.apiKey]
    const credential = (): string => {
      asked.push(credentials[asked.length] ?? 'wrong again')
      return asked.at(-1) ?? ''
    }
    await using proxy = await startTcpProxy(gateway.url)
    await using stream = record({ url: proxy.url, credential })
    await stream.until(([first]) => first?.__typename === 'ConsentSnapshot')
    expect(asked).toEqual(credentials)
    const refused = proxy.cut()
    await refused
    proxy.heal()
    await expect(stream.until(() => false)).rejects.toThrow('refuses')
    // What does not get through may ask too.
    expect(asked.length).toBeGreaterThanOrEqual(4)
    expect(new Set(asked.slice(2))).toEqual(new Set(['wrong again']))
  })

  test('says what is wrong with what it asks for', async () => {
    await using stream = record({ url: gateway.url, filter: { consentId: 'con_nobody' } })
    await expect(stream.until(() => false)).rejects.toThrow('No such consent.')
  })
})
