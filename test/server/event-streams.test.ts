import { once } from 'node:events'
import { connect } from 'node:net'
import { createClient, NetworkError } from 'graphql-sse'
import { describe, expect, it } from 'vitest'
import { type Answer, post, startGateway, type TestGateway } from './gateway-under-test.ts'
import { openSocket } from './socket-client.ts'
import { type AskStream, openStream, type StreamClient } from './stream-client.ts'

const TICKS = 'subscription { ticks { at executions } }'

const ask = (query: string, headers: Readonly<Record<string, string>> = {}): AskStream => ({ body: { query }, headers })

const subscribe = async (gateway: TestGateway, asked: AskStream = ask(TICKS)): Promise<StreamClient> => {
  const subscribed = once(gateway.events, 'subscribed')
  const client = await openStream(gateway, asked)
  await subscribed
  return client
}

const bodyOf = async ({ response }: StreamClient): Promise<Answer['body']> => {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string
  return JSON.parse(text) as Answer['body']
}

describe('event streams', () => {
  it('run queries and mutations, and deliver events', async () => {
    await using gateway = await startGateway()
    await using query = await openStream(gateway, ask('{ hello whoami }', { authorization: 'Bearer good' }))
    expect(await query.rest()).toEqual([
      { event: 'next', data: { data: { hello: 'hello world', whoami: 'Bearer good' } } },
      { event: 'complete' },
    ])
    await using mutation = await openStream(gateway, ask('mutation { bump }'))
    expect(await mutation.rest()).toEqual([{ event: 'next', data: { data: { bump: 1 } } }, { event: 'complete' }])

    await using stream = await subscribe(gateway)
    gateway.tick(7)
    expect(await stream.next()).toEqual({ event: 'next', data: { data: { ticks: { at: 7, executions: 1 } } } })
    expect([gateway.server.stats.subscriptions(), gateway.server.stats.eventStreams()]).toEqual([1, 1])
    const ended = once(gateway.events, 'unsubscribed')
    stream.response.destroy()
    await ended
    await expect.poll(() => gateway.server.stats.eventStreams()).toBe(0)
    expect(gateway.server.stats.subscriptions()).toBe(0)
    expect(gateway.reports.map(({ transport, type }) => `${transport} ${type}`)).toEqual([
      'SSE query',
      'SSE mutation',
      'SSE subscription',
    ])
  })

  it('have their place from the first, while it is looked up who asks', async () => {
    const first = Promise.withResolvers<void>()
    const known = Promise.withResolvers<void>()
    let asked = 0
    await using gateway = await startGateway({
      server: {
        maxSockets: 1,
        contextFor: async (request) => {
          asked += 1
          if (asked === 1) first.resolve()
          else known.resolve()
          await known.promise
          return { requestId: request.requestId, request, key: 'anonymous' }
        },
      },
    })
    const opening = openStream(gateway, ask(TICKS))
    await first.promise
    await using another = await openStream(gateway, ask(TICKS))
    expect([another.status, asked]).toEqual([503, 1])
    known.resolve()
    await using stream = await opening
    expect([stream.status, gateway.server.stats.eventStreams()]).toEqual([200, 1])
  })

  it('pass through proxies as they are, from the first moment on', async () => {
    await using gateway = await startGateway()
    await using stream = await subscribe(gateway)
    expect(stream.status).toBe(200)
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'transfer-encoding': 'chunked',
    })
    expect(stream.headers).not.toHaveProperty('content-encoding')
    // Before anything has happened.
    expect(await stream.raw()).toEqual({ event: 'comment' })
  })

  it('serve the stock client', async () => {
    await using gateway = await startGateway()
    const client = createClient({ url: `${gateway.url}/graphql`, headers: { authorization: 'Bearer good' } })
    const events = client.iterate<{ ticks: { at: number } }>({ query: TICKS })
    const subscribed = once(gateway.events, 'subscribed')
    const first = events.next()
    await subscribed
    gateway.tick(1)
    expect((await first).value).toMatchObject({ data: { ticks: { at: 1 } } })
    const ended = once(gateway.events, 'unsubscribed')
    await events.return?.()
    await ended

    const answers = []
    for await (const answer of client.iterate({ query: '{ hello }' })) answers.push(answer)
    expect(answers).toEqual([{ data: { hello: 'hello world' } }])
    const refusals = []
    for await (const answer of client.iterate({ query: '{ nothing }' })) refusals.push(answer)
    expect(refusals).toMatchObject([{ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] }])
  })

  it('have the stock client connect anew when the connection is lost, and when the gateway stops', async () => {
    const first = await startGateway()
    let { url } = first
    const client = createClient({ url: () => `${url}/graphql`, retryAttempts: 20, retry: async () => {} })
    const events = client.iterate<{ ticks: { at: number } }>({ query: TICKS })
    let subscribed = once(first.events, 'subscribed')
    let next = events.next()
    await subscribed
    first.tick(1)
    expect((await next).value?.data?.ticks.at).toBe(1)
    await using second = await startGateway()
    subscribed = once(second.events, 'subscribed')
    next = events.next()
    url = second.url
    await first.close(5_000)
    await subscribed
    second.tick(2)
    expect((await next).value?.data?.ticks.at).toBe(2)
    client.dispose()
  })

  it.each([
    ['that is wrong', ask('{ nothing }'), 'GRAPHQL_VALIDATION_FAILED'],
    ['that cannot be read', ask('{'), 'GRAPHQL_PARSE_FAILED'],
    ['of a credential that is refused', ask('{ hello }', { authorization: 'Bearer wrong' }), 'UNAUTHENTICATED'],
    ['to which nobody can subscribe', ask('subscription { refused { at } }'), 'INTERNAL'],
    ['with wrong variables', ask('subscription { ticks(fail: NO) { at } }'), 'GRAPHQL_VALIDATION_FAILED'],
  ])('tell of an operation %s', async (_, asked, code) => {
    await using gateway = await startGateway()
    await using stream = await openStream(gateway, asked)
    expect(stream.status).toBe(200)
    expect(await stream.rest()).toEqual([
      { event: 'next', data: { errors: [expect.objectContaining({ extensions: expect.objectContaining({ code }) })] } },
      { event: 'complete' },
    ])
  })

  it.each([
    ['the store is away', 'Bearer store', 503, 'STORE_UNAVAILABLE'],
    ['it is too much', 'Bearer rate', 429, 'RATE_LIMITED'],
  ])('are refused with a status where %s, so that clients try again', async (_, authorization, status, code) => {
    await using gateway = await startGateway()
    await using stream = await openStream(gateway, ask(TICKS, { authorization }))
    expect(stream.status).toBe(status)
    expect(stream.headers['content-type']).toBe('application/json; charset=utf-8')
    expect((await bodyOf(stream)).errors?.[0]?.extensions['code']).toBe(code)
    const client = createClient({ url: `${gateway.url}/graphql`, headers: { authorization }, retryAttempts: 0 })
    await expect(client.iterate({ query: TICKS }).next()).rejects.toThrow(NetworkError)
  })

  it.each<[string, AskStream, number]>([
    ['no body', { method: 'POST' }, 400],
    ['a body that is none', { body: '{' }, 400],
    ['a body of a form', { body: 'query={hello}', headers: { 'content-type': 'text/plain' } }, 400],
    ['another type', { body: {}, headers: { 'content-type': 'application/xml' } }, 415],
    ['no query', { body: { operationName: 'Q' } }, 400],
    ['variables that are none', { body: { query: '{ hello }', variables: [] } }, 400],
  ])('are refused with %s', async (_, asked, status) => {
    await using gateway = await startGateway()
    await using stream = await openStream(gateway, asked)
    expect(stream.status).toBe(status)
    expect((await bodyOf(stream)).errors?.[0]?.extensions['code']).toBe('BAD_REQUEST')
  })

  it('end with an error that the client can read when the credential ends', async () => {
    await using gateway = await startGateway({ expiresAt: new Date(Date.now() + 300) })
    const ended = once(gateway.events, 'unsubscribed')
    await using stream = await subscribe(gateway)
    gateway.tick(1)
    const [tick, farewell, complete, ...more] = await stream.rest()
    expect(tick?.data).toMatchObject({ data: { ticks: { at: 1 } } })
    expect(farewell?.data).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED', retryable: false } }] })
    expect([complete, more]).toEqual([{ event: 'complete' }, []])
    await ended
    expect(gateway.server.stats.subscriptions()).toBe(0)
  })

  it('count against the same allowance as sockets', async () => {
    await using gateway = await startGateway({ server: { maxSubscriptionsPerClient: 2 } })
    const authorization = 'Bearer good-1'
    await using socket = await openSocket(gateway)
    await socket.init({ authorization })
    const subscribed = once(gateway.events, 'subscribed')
    socket.send({ type: 'subscribe', id: 'a', payload: { query: TICKS } })
    await subscribed
    await using one = await subscribe(gateway, ask(TICKS, { authorization }))
    await using refused = await openStream(gateway, ask(TICKS, { authorization }))
    expect([refused.status, (await bodyOf(refused)).errors?.[0]?.extensions['code']]).toEqual([429, 'RATE_LIMITED'])
    await using other = await subscribe(gateway, ask(TICKS, { authorization: 'Bearer good-2' }))
    expect(other.status).toBe(200)
    const ended = once(gateway.events, 'unsubscribed')
    one.response.destroy()
    await ended
    await expect.poll(() => gateway.server.stats.subscriptions()).toBe(2)
    await using again = await subscribe(gateway, ask(TICKS, { authorization }))
    expect(again.status).toBe(200)
  })

  it('are connections like sockets, and limited with them', async () => {
    await using gateway = await startGateway({ server: { maxSocketsPerClient: 1, maxSockets: 2 } })
    await using socket = await openSocket(gateway)
    await socket.init({ authorization: 'Bearer good-1' })
    await using refused = await openStream(gateway, ask(TICKS, { authorization: 'Bearer good-1' }))
    expect([refused.status, (await bodyOf(refused)).errors?.[0]?.extensions['code']]).toEqual([429, 'RATE_LIMITED'])
    await using other = await subscribe(gateway, ask(TICKS, { authorization: 'Bearer good-2' }))
    await using third = await openStream(gateway, ask(TICKS, { authorization: 'Bearer good-3' }))
    expect([third.status, third.headers['retry-after']]).toEqual([503, '5'])
    expect((await bodyOf(third)).errors?.[0]?.extensions).toMatchObject({ code: 'OVERLOADED', retryable: true })
    socket.socket.close()
    await socket.closed
    other.response.destroy()
    await expect.poll(() => gateway.server.stats.eventStreams()).toBe(0)
    for (const authorization of ['Bearer good-1', 'Bearer good-2']) {
      const again = await subscribe(gateway, ask(TICKS, { authorization }))
      expect(again.status).toBe(200)
    }
    expect(gateway.server.stats.subscriptions()).toBe(2)
  })

  it('share executions with sockets', async () => {
    await using gateway = await startGateway({ pipeline: { rightsKey: ({ key }) => key } })
    const authorization = 'Bearer good-1'
    await using socket = await openSocket(gateway)
    await socket.init({ authorization })
    const subscribed = once(gateway.events, 'subscribed')
    socket.send({ type: 'subscribe', id: 'a', payload: { query: TICKS } })
    await subscribed
    await using one = await subscribe(gateway, ask(TICKS, { authorization }))
    await using two = await subscribe(gateway, ask(TICKS, { authorization }))
    await using other = await subscribe(gateway, ask(TICKS, { authorization: 'Bearer good-2' }))
    gateway.tick(1)
    const results = [await one.next(), await two.next()].map((event) => event?.data.data.ticks.executions)
    expect(new Set([...results, (await socket.next()).payload.data.ticks.executions]).size).toBe(1)
    await other.next()
    expect(gateway.executions()).toBe(2)
  })

  it('say where they can be resumed', async () => {
    const positionOf = (field: string, event: unknown) => `${field}-${(event as { at: number }).at}`
    await using gateway = await startGateway({ pipeline: { positionOf } })
    await using stream = await subscribe(gateway)
    gateway.tick(3)
    expect(await stream.next()).toMatchObject({ event: 'next', id: 'ticks-3' })
  })

  it('are held alive, and dropped once nobody reads them', async () => {
    await using gateway = await startGateway({ server: { keepAliveMs: 100 } })
    await using alive = await subscribe(gateway)
    const ended = once(gateway.events, 'unsubscribed')
    const stuck = connect(gateway.port, '127.0.0.1').on('error', () => {})
    const body = JSON.stringify({ query: TICKS })
    const subscribed = once(gateway.events, 'subscribed')
    stuck.write(
      `POST /graphql HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    await subscribed
    stuck.pause()
    // Fills what the kernel holds for a reader who does not read.
    const flood = setInterval(() => {
      for (let count = 0; count < 2_000; count += 1) gateway.tick(count)
    }, 1)
    const drained = (async () => {
      for (let event = await alive.next(); event !== null; event = await alive.next());
    })()
    drained.catch(() => {})
    await ended
    clearInterval(flood)
    expect(stuck.destroyed).toBe(false)
    stuck.destroy()
    await expect.poll(() => gateway.server.stats.subscriptions()).toBe(1)
  })
})

describe('event streams and browsers', () => {
  const GET = `/graphql?query=${encodeURIComponent('query Q($name: String) { hello(name: $name) }')}&operationName=Q&variables=${encodeURIComponent('{"name":"Ada"}')}`
  const ASKS_FIRST = { 'apollo-require-preflight': 'true' }

  it('answer GET only where a browser asks first', async () => {
    await using gateway = await startGateway()
    await using simple = await openStream(gateway, { method: 'GET', path: GET })
    expect([simple.status, (await bodyOf(simple)).errors?.[0]?.extensions['code']]).toEqual([400, 'BAD_REQUEST'])
    expect(gateway.contexts).toEqual([])
    await using asked = await openStream(gateway, { method: 'GET', path: GET, headers: ASKS_FIRST })
    expect(await asked.next()).toEqual({ event: 'next', data: { data: { hello: 'hello Ada' } } })
    await using subscription = await subscribe(gateway, {
      method: 'GET',
      path: `/graphql?query=${encodeURIComponent(TICKS)}`,
      headers: ASKS_FIRST,
    })
    gateway.tick(1)
    expect((await subscription.next())?.data).toMatchObject({ data: { ticks: { at: 1 } } })
  })

  it.each([
    ['a mutation', 'query=mutation%20%7B%20bump%20%7D', 405],
    ['no query', '', 400],
    ['variables that cannot be read', 'query=%7B%20hello%20%7D&variables=%7B', 400],
  ])('refuse %s by GET', async (_, search, status) => {
    await using gateway = await startGateway()
    await using stream = await openStream(gateway, { method: 'GET', path: `/graphql?${search}`, headers: ASKS_FIRST })
    expect(stream.status).toBe(status)
    if (status === 405) expect(stream.headers.allow).toBe('POST')
    expect((await post(gateway, { query: 'mutation { bump }' })).body.data).toEqual({ bump: 1 })
  })

  it('are for listed origins alone', async () => {
    await using gateway = await startGateway()
    const of = (origin: string) => openStream(gateway, ask('{ hello }', { origin }))
    await using listed = await of('https://app.example.com')
    expect(listed.headers['access-control-allow-origin']).toBe('https://app.example.com')
    await using other = await of('https://evil.example')
    expect(other.headers).not.toHaveProperty('access-control-allow-origin')
    const preflight = await fetch(`${gateway.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-headers': 'last-event-id' },
    })
    expect(preflight.headers.get('access-control-allow-headers')).toContain('last-event-id')
  })

  it.each([
    ['application/json, text/event-stream', 'application/json'],
    ['application/json;q=0.9, text/event-stream', 'text/event-stream'],
    ['text/event-stream;q=0', 'application/json'],
    ['text/event-stream, */*', 'text/event-stream'],
  ])('are what is wanted most: %s', async (accept, type) => {
    await using gateway = await startGateway()
    await using stream = await openStream(gateway, ask('{ hello }', { accept }))
    expect(stream.headers['content-type']).toContain(type)
  })
})

describe('shutdown', () => {
  it('ends subscriptions without `complete`, and answers what is in flight', async () => {
    await using gateway = await startGateway()
    await using live = await subscribe(gateway)
    const begun = once(gateway.events, 'slow')
    await using busy = await openStream(gateway, ask('mutation { slowBump }'))
    await begun
    const closed = gateway.close(5_000)
    expect(await live.rest()).toEqual([])
    gateway.events.emit('release')
    expect(await busy.rest()).toEqual([{ event: 'next', data: { data: { slowBump: 1 } } }, { event: 'complete' }])
    await closed
    expect(gateway.server.stats.subscriptions()).toBe(0)
  })
})
