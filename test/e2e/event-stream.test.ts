import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStream, type StreamClient } from '../server/stream-client.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { type Operations, operationsOf } from './operations.ts'

const EVENTS = `subscription ($filter: ConsentStreamFilter, $after: String) {
  consentEvents(filter: $filter, after: $after) {
    __typename
    ... on ConsentSnapshot { cursor }
    ... on ConsentEvent { id cursor }
    ... on ConsentStatusChanged { to }
  }
}`

let gateway: GatewayProcess
let client: Operations

beforeAll(async () => {
  gateway = await startGateway()
  client = operationsOf(gateway)
})
afterAll(() => gateway[Symbol.asyncDispose]())

interface Asked {
  readonly externalId: string
  readonly as?: string
  readonly after?: string
  readonly lastEventId?: string
}

const follow = ({ externalId, as = gateway.apiKey, after, lastEventId }: Asked): Promise<StreamClient> =>
  openStream(gateway, {
    body: { query: EVENTS, variables: { filter: { user: { externalId } }, after } },
    headers: { authorization: `Bearer ${as}`, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
  })

interface Item {
  readonly id: string
  readonly item: { readonly __typename: string; readonly cursor: string; readonly to?: string }
}

const nextOf = async (stream: StreamClient): Promise<Item> => {
  const event = await stream.next()
  if (event?.id === undefined) throw new Error(JSON.stringify(event))
  return { id: event.id, item: event.data.data.consentEvents }
}

const until = async (stream: StreamClient, to: string): Promise<readonly Item[]> => {
  const items = [await nextOf(stream)]
  while (items.at(-1)?.item.to !== to) items.push(await nextOf(stream))
  return items
}

test('each item says where the stream goes on after it', async () => {
  await client.createUser('named')
  await using stream = await follow({ externalId: 'named' })
  await client.authorize({ user: { externalId: 'named' } })
  for (const { id, item } of await until(stream, 'AUTHORIZED')) expect(id).toBe(item.cursor)
})

test('a client that repeats its request with Last-Event-ID misses nothing and sees nothing twice', async () => {
  await client.createUser('resumed')
  const first = await follow({ externalId: 'resumed' })
  const { item: snapshot } = await nextOf(first)
  await first[Symbol.asyncDispose]()
  const { consent } = await client.authorize({ user: { externalId: 'resumed' } })
  await using second = await follow({ externalId: 'resumed', after: snapshot.cursor })
  const seen = await until(second, 'AUTHORIZED')
  await second[Symbol.asyncDispose]()
  await client.revoke(consent.id)
  const last = seen.at(-1)?.id ?? ''
  await using third = await follow({ externalId: 'resumed', after: snapshot.cursor, lastEventId: last })
  expect((await nextOf(third)).item.to).toBe('REVOKED')
})

describe('what cannot be', () => {
  test.each([
    ['a position of nobody', { externalId: 'demo-user', lastEventId: 'nonsense' }, 'INVALID_INPUT'],
    ['a user of nobody', { externalId: 'nobody' }, 'NOT_FOUND'],
    ['a credential of nobody', { externalId: 'demo-user', as: 'wrong' }, 'UNAUTHENTICATED'],
  ])('%s is told in the stream', async (_, asked, code) => {
    await using stream = await follow(asked)
    expect(stream.status).toBe(200)
    const [refusal, complete, ...more] = await stream.rest()
    expect(refusal?.data).toMatchObject({ errors: [{ extensions: { code } }] })
    expect([complete, more]).toEqual([{ event: 'complete' }, []])
  })

  test("another client's user, and another person with a user token, are not there", async () => {
    await client.createUser('stranger')
    await using stream = await follow({ externalId: 'stranger', as: gateway.userToken })
    expect((await stream.next())?.data).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] })
  })
})

test('a gateway that stops ends its streams at once, without `complete`, and another goes on from the cursor', async () => {
  await client.createUser('moved')
  const stream = await follow({ externalId: 'moved' })
  const { id } = await nextOf(stream)
  const next = await gateway.restart('SIGTERM')
  expect(await stream.rest()).toEqual([])
  gateway = next
  client = operationsOf(gateway)
  await using resumed = await follow({ externalId: 'moved', lastEventId: id })
  await client.begin({ user: { externalId: 'moved' } })
  expect((await nextOf(resumed)).item.to).toBe('INITIATED')
})
