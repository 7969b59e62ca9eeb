import { once } from 'node:events'
import { createClient } from 'graphql-ws'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { post, startGateway, type TestGateway } from './gateway-under-test.ts'
import { openSocket, type SocketClient } from './socket-client.ts'

const TICKS = 'subscription { ticks { at executions } }'

const subscribe = async (
  gateway: TestGateway,
  client: SocketClient,
  id: string,
  query = TICKS,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<void> => {
  const subscribed = once(gateway.events, 'subscribed')
  client.send({ type: 'subscribe', id, payload: { query, variables } })
  await subscribed
}

/** The status with which an upgrade is refused, or 101. */
const upgradeStatus = (url: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'graphql-transport-ws', { headers })
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('open', () => {
      socket.terminate()
      resolve(101)
    })
    socket.on('error', reject)
  })

describe('WebSockets', () => {
  it('runs queries and mutations as HTTP does, and delivers events', async () => {
    await using gateway = await startGateway()
    await using client = await openSocket(gateway)
    await client.init({ authorization: 'Bearer good' })
    expect((await client.run('{ hello whoami }'))[0]?.payload).toEqual({
      data: { hello: 'hello world', whoami: 'Bearer good' },
    })
    expect((await client.run('mutation { bump }'))[0]?.payload).toEqual({ data: { bump: 1 } })
    await subscribe(gateway, client, 'a')
    gateway.tick(7)
    expect(await client.next()).toEqual({
      id: 'a',
      type: 'next',
      payload: { data: { ticks: { at: 7, executions: 1 } } },
    })
    expect(gateway.server.stats.subscriptions()).toBe(1)
    const ended = once(gateway.events, 'unsubscribed')
    client.send({ type: 'complete', id: 'a' })
    await ended
    expect(gateway.server.stats.subscriptions()).toBe(0)
  })

  it('serves the stock client', async () => {
    await using gateway = await startGateway()
    const client = createClient({
      url: `${gateway.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: 'Bearer good' },
    })
    const events = client.iterate<{ ticks: { at: number } }>({ query: TICKS })
    const subscribed = once(gateway.events, 'subscribed')
    const first = events.next()
    await subscribed
    gateway.tick(1)
    expect((await first).value).toMatchObject({ data: { ticks: { at: 1 } } })
    await events.return?.()
    await client.dispose()
  })

  it('takes the credential of the upgrade where connection_init brings none', async () => {
    await using gateway = await startGateway()
    await using client = await openSocket(gateway, { headers: { authorization: 'Bearer good-upgrade' } })
    await client.init()
    expect((await client.run('{ whoami }'))[0]?.payload.data).toEqual({ whoami: 'Bearer good-upgrade' })
  })

  it('makes a context for each operation', async () => {
    await using gateway = await startGateway()
    await using client = await openSocket(gateway)
    await client.init()
    const [first] = await client.run('{ requestId }')
    const [second] = await client.run('{ requestId }')
    expect(first?.payload.data.requestId).not.toBe(second?.payload.data.requestId)
    expect(gateway.contexts.map(({ transport }) => transport)).toEqual(['WEBSOCKET', 'WEBSOCKET', 'WEBSOCKET'])
    await subscribe(gateway, client, 'a')
    expect(gateway.contexts.at(-1)?.deadline).toBeNull()
  })

  it.each([
    ['Bearer wrong', 4403, 'A valid API key or user token is needed.'],
    ['Bearer store', 1013, 'The store cannot be reached.'],
  ])('closes a socket whose credential is %s with %i', async (authorization, code, reason) => {
    await using gateway = await startGateway()
    await using client = await openSocket(gateway)
    client.send({ type: 'connection_init', payload: { authorization } })
    expect(await client.closed).toEqual({ code, reason })
  })

  it('closes a socket with 4403 when its credential ends, and its subscriptions with it', async () => {
    await using gateway = await startGateway({ expiresAt: new Date(Date.now() + 300) })
    await using client = await openSocket(gateway)
    await client.init()
    const ended = once(gateway.events, 'unsubscribed')
    await subscribe(gateway, client, 'a')
    expect(await client.closed).toEqual({ code: 4403, reason: 'The credential has ended' })
    await ended
    expect(gateway.server.stats.subscriptions()).toBe(0)
  })

  it('closes a socket that speaks before it says who it is, or another protocol', async () => {
    await using gateway = await startGateway()
    await using early = await openSocket(gateway)
    early.send({ type: 'subscribe', id: 'a', payload: { query: '{ hello }' } })
    expect((await early.closed).code).toBe(4401)
    await using broken = await openSocket(gateway)
    broken.socket.send('not json')
    expect((await broken.closed).code).toBe(4400)
    for (const [type, payload] of Object.entries({
      next: { data: null },
      error: [{ message: 'no' }],
      connection_ack: {},
    })) {
      await using server = await openSocket(gateway)
      await server.init()
      server.send({ type, id: 'a', payload })
      expect(await server.closed).toEqual({ code: 4400, reason: 'Only a server sends this message' })
    }
    expect(gateway.faults).toEqual([])
    const status = new Promise((resolve) => {
      const old = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-ws')
      old.on('close', (code) => resolve(code))
      // `ws` refuses a server that did not choose the protocol it asked for.
      old.on('error', () => {})
    })
    expect([4406, 1006]).toContain(await status)
  })

  it('closes a socket that says who it is twice, or not in time, or gives a name to two operations', async () => {
    await using gateway = await startGateway()
    await using silent = await openSocket(gateway)
    await using again = await openSocket(gateway)
    await again.init()
    again.send({ type: 'connection_init' })
    expect(await again.closed).toEqual({ code: 4429, reason: 'Too many initialisation requests' })
    await using twice = await openSocket(gateway)
    await twice.init()
    await subscribe(gateway, twice, 'a')
    twice.send({ type: 'subscribe', id: 'a', payload: { query: '{ hello }' } })
    expect(await twice.closed).toEqual({ code: 4409, reason: 'Subscriber for a already exists' })
    expect(await silent.closed).toEqual({ code: 4408, reason: 'Connection initialisation timeout' })
    expect(gateway.server.stats.subscriptions()).toBe(0)
  })

  it('answers pings of the protocol with what they bring', async () => {
    await using gateway = await startGateway()
    await using client = await openSocket(gateway)
    client.send({ type: 'ping', payload: { at: 1 } })
    expect(await client.next()).toEqual({ type: 'pong', payload: { at: 1 } })
    client.send({ type: 'ping' })
    expect(await client.next()).toEqual({ type: 'pong' })
  })

  it('lets a client use the id of what it has ended again, and sends nothing more of the first', async () => {
    await using gateway = await startGateway()
    await using client = await openSocket(gateway)
    await client.init()
    const begun = once(gateway.events, 'slow')
    client.send({ type: 'subscribe', id: 'a', payload: { query: '{ slow }' } })
    await begun
    client.send({ type: 'complete', id: 'a' })
    client.send({ type: 'subscribe', id: 'a', payload: { query: '{ hello }' } })
    expect(await client.next()).toMatchObject({ id: 'a', type: 'next', payload: { data: { hello: 'hello world' } } })
    expect(await client.next()).toEqual({ id: 'a', type: 'complete' })
    gateway.events.emit('release')
    expect((await client.run('{ hello }'))[0]?.id).toBe('op1')
  })

  it('lets in its own pages and those of listed origins, at its one address', async () => {
    await using gateway = await startGateway()
    const url = `${gateway.url.replace('http', 'ws')}/graphql`
    expect(await upgradeStatus(url, { origin: gateway.url })).toBe(101)
    expect(await upgradeStatus(url, { origin: 'https://app.example.com' })).toBe(101)
    expect(await upgradeStatus(url, {})).toBe(101)
    expect(await upgradeStatus(url, { origin: 'https://evil.example' })).toBe(403)
    expect(await upgradeStatus(url, { origin: 'null' })).toBe(403)
    expect(await upgradeStatus(url.replace('/graphql', '/other'), {})).toBe(404)
  })

  it('closes a socket that sends more than a message may hold', async () => {
    await using gateway = await startGateway({ server: { bodyLimitBytes: 1000 } })
    await using client = await openSocket(gateway)
    await client.init()
    client.send({ type: 'subscribe', id: 'a', payload: { query: `{ hello } #${'x'.repeat(2000)}` } })
    expect((await client.closed).code).toBe(1009)
  })

  it('limits what one socket, and one client on all its sockets, may have open', async () => {
    await using gateway = await startGateway({
      server: { maxOperationsPerSocket: 3, maxSubscriptionsPerClient: 4 },
    })
    await using one = await openSocket(gateway)
    await one.init({ authorization: 'Bearer good-1' })
    for (const id of ['a', 'b', 'c']) await subscribe(gateway, one, id)
    const refused = { type: 'error', payload: [{ extensions: { code: 'RATE_LIMITED' } }] }
    one.send({ type: 'subscribe', id: 'd', payload: { query: TICKS } })
    expect(await one.next()).toMatchObject({ id: 'd', ...refused })

    await using two = await openSocket(gateway)
    await two.init({ authorization: 'Bearer good-1' })
    await subscribe(gateway, two, 'a')
    two.send({ type: 'subscribe', id: 'b', payload: { query: TICKS } })
    expect(await two.next()).toMatchObject({ id: 'b', ...refused })

    await using other = await openSocket(gateway)
    await other.init({ authorization: 'Bearer good-2' })
    await subscribe(gateway, other, 'a')

    const ended = once(gateway.events, 'unsubscribed')
    one.send({ type: 'complete', id: 'a' })
    await ended
    await subscribe(gateway, two, 'b')
    expect(gateway.server.stats.subscriptions()).toBe(5)
  })

  it('limits how many sockets a client, and all of them, may have', async () => {
    await using gateway = await startGateway({ server: { maxSocketsPerClient: 1, maxSockets: 3 } })
    await using one = await openSocket(gateway)
    await one.init({ authorization: 'Bearer good-1' })
    await using two = await openSocket(gateway)
    two.send({ type: 'connection_init', payload: { authorization: 'Bearer good-1' } })
    expect(await two.closed).toEqual({
      code: 1013,
      reason: 'A client may have 1 sockets, event streams and subscriptions by callback open at once.',
    })

    await using other = await openSocket(gateway)
    await other.init({ authorization: 'Bearer good-2' })
    await using waiting = await openSocket(gateway)
    const url = `${gateway.url.replace('http', 'ws')}/graphql`
    expect(await upgradeStatus(url, {})).toBe(503)

    one.socket.close()
    await one.closed
    await waiting.init({ authorization: 'Bearer good-1' })
  })

  it('drops a socket that no longer answers pings', async () => {
    await using gateway = await startGateway({ server: { keepAliveMs: 120 } })
    await using mute = await openSocket(gateway, { autoPong: false })
    await using alive = await openSocket(gateway)
    expect((await mute.closed).code).toBe(1006)
    await alive.init()
    expect((await alive.run('{ hello }'))[0]?.payload.data).toEqual({ hello: 'hello world' })
  })

  it('executes an event once for all subscribers with equal rights, operation and variables', async () => {
    await using gateway = await startGateway({ pipeline: { rightsKey: ({ key }) => key } })
    const open = async (authorization: string, query = TICKS): Promise<SocketClient> => {
      const client = await openSocket(gateway)
      await client.init({ authorization })
      await subscribe(gateway, client, 'a', query)
      return client
    }
    await using stack = new AsyncDisposableStack()
    const clients = []
    for (let i = 0; i < 5; i += 1) clients.push(stack.use(await open('Bearer good-1')))
    const other = stack.use(await open('Bearer good-2'))
    const different = stack.use(await open('Bearer good-1', 'subscription { ticks { executions } }'))
    gateway.tick(1)
    const results = await Promise.all(
      clients.map(async (client) => (await client.next()).payload.data.ticks.executions),
    )
    expect(new Set(results).size).toBe(1)
    await Promise.all([other.next(), different.next()])
    expect(gateway.executions()).toBe(3)
  })

  it('shares among those whose variables differ in where they begin, and in nothing that results depend on', async () => {
    await using gateway = await startGateway({ pipeline: { rightsKey: ({ key }) => key } })
    const query = 'subscription ($from: Int, $length: Int!) { ticks(from: $from) { executions text(length: $length) } }'
    await using stack = new AsyncDisposableStack()
    const open = async (from: number, length: number): Promise<SocketClient> => {
      const client = stack.use(await openSocket(gateway))
      await client.init()
      await subscribe(gateway, client, 'a', query, { from, length })
      return client
    }
    const clients = [await open(1, 1), await open(2, 1), await open(3, 2)]
    gateway.tick(1)
    const ticks = await Promise.all(clients.map(async (client) => (await client.next()).payload.data.ticks))
    expect(ticks.map(({ text }) => text)).toEqual(['å', 'å', 'åå'])
    expect(ticks[0].executions).toBe(ticks[1].executions)
    expect(gateway.executions()).toBe(2)
  })

  it('does not share between a variable that is not given and one that is null', async () => {
    await using gateway = await startGateway({ pipeline: { rightsKey: ({ key }) => key } })
    const query = 'subscription ($length: Int) { ticks { text(length: $length) } }'
    await using stack = new AsyncDisposableStack()
    const clients = []
    for (const variables of [{}, {}, { length: null }, { length: null }]) {
      const client = stack.use(await openSocket(gateway))
      await client.init()
      await subscribe(gateway, client, 'a', query, variables)
      clients.push(client)
    }
    gateway.tick(1)
    const texts = await Promise.all(
      clients.map(async (client) => (await client.next()).payload.data?.ticks.text ?? null),
    )
    expect(texts).toEqual(['å', 'å', null, null])
  })

  it.each([0, 1, 31, 32, 33, 1_000, 32_700, 32_800, 40_000])('sends results of every length, %i', async (length) => {
    await using gateway = await startGateway()
    await using client = await openSocket(gateway)
    await client.init()
    // The id is as long as the client likes, and in any script.
    const id = 'ид"'.repeat(7)
    await subscribe(gateway, client, id, `subscription { ticks { text(length: ${length}) } }`)
    gateway.tick(1)
    gateway.tick(2)
    const expected = { id, type: 'next', payload: { data: { ticks: { text: 'å'.repeat(length) } } } }
    expect([await client.next(), await client.next()]).toEqual([expected, expected])
    expect((await client.run('{ hello }'))[0]?.payload).toEqual({ data: { hello: 'hello world' } })
  })

  it('gives each subscriber errors with its own request id, though executions are shared', async () => {
    await using gateway = await startGateway({ pipeline: { rightsKey: ({ key }) => key } })
    const query = 'subscription { ticks { fails(with: GATEWAY) } }'
    await using one = await openSocket(gateway)
    await using two = await openSocket(gateway)
    for (const client of [one, two]) {
      await client.init()
      await subscribe(gateway, client, 'a', query)
    }
    gateway.tick(1)
    const ids = [await one.next(), await two.next()].map(({ payload }) => payload.errors[0].extensions.requestId)
    expect(new Set(ids).size).toBe(2)
  })
})

describe('shutdown', () => {
  it('answers what is in flight, over HTTP and WebSocket, then closes sockets with 1001', async () => {
    await using gateway = await startGateway()
    await using busy = await openSocket(gateway)
    await using idle = await openSocket(gateway)
    await busy.init()
    await idle.init()
    await subscribe(gateway, idle, 'a')
    const first = once(gateway.events, 'slow')
    const overHttp = post(gateway, { query: '{ slow }' })
    await first
    const second = once(gateway.events, 'slow')
    const overSocket = busy.run('mutation { slowBump }')
    await second
    expect(gateway.server.stats.inFlight()).toBe(2)

    const closed = gateway.close(5_000)
    expect((await idle.closed).code).toBe(1001)
    await expect(fetch(`${gateway.url}/health/live`)).rejects.toThrow()
    gateway.events.emit('release')
    expect(await overHttp).toMatchObject({ status: 200, body: { data: { slow: 'done' } } })
    expect((await overHttp).headers.get('connection')).toBe('close')
    expect((await overSocket)[0]?.payload).toEqual({ data: { slowBump: 1 } })
    expect((await busy.closed).code).toBe(1001)
    await closed
  })

  it('says not ready before it stops listening', async () => {
    await using gateway = await startGateway({ server: { announceMs: 300 } })
    const closed = gateway.close(1_000)
    const response = await fetch(`${gateway.url}/health/ready`)
    expect([response.status, await response.json()]).toEqual([503, { status: 'DRAINING' }])
    expect((await post(gateway, { query: '{ hello }' })).status).toBe(200)
    await closed
  })

  it('cuts what outlives the grace', async () => {
    await using gateway = await startGateway()
    await using client = await openSocket(gateway)
    await client.init()
    const begun = once(gateway.events, 'slow')
    client.send({ type: 'subscribe', id: 'a', payload: { query: '{ slow }' } })
    const cut = post(gateway, { query: '{ stuck }' }).catch((error: unknown) => error)
    await begun
    await gateway.close(100)
    expect(await cut).toBeInstanceOf(Error)
    expect((await client.closed).code).toBe(1006)
  })
})
