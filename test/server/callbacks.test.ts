import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCallbackSender } from '../../src/upstream/callback-sender.ts'
import {
  type CallbackReceiver,
  type RoutedSubscription,
  startCallbackReceiver,
  type SubscribeOptions,
} from './callback-receiver.ts'
import { post, startGateway, type TestGateway, type TestGatewayOptions } from './gateway-under-test.ts'

const TICKS = 'subscription { ticks { at executions } }'
const AUTHORIZATION = 'Bearer good'

const sender = createCallbackSender({ guarded: false, origins: [] })
let receiver: CallbackReceiver

beforeAll(async () => {
  receiver = await startCallbackReceiver()
})
afterAll(async () => {
  await receiver[Symbol.asyncDispose]()
  await sender[Symbol.asyncDispose]()
})

const callbacks = { sender, isKnown: ({ key }: { readonly key: string }) => key !== 'anonymous' }

const start = ({ server, ...options }: TestGatewayOptions = {}): Promise<TestGateway> =>
  startGateway({ ...options, server: { callbacks, ...server } })

const subscribe = (gateway: TestGateway, options: SubscribeOptions = {}, query = TICKS): Promise<RoutedSubscription> =>
  receiver.subscribe(`${gateway.url}/graphql`, query, { authorization: AUTHORIZATION, ...options })

const openCounts = ({ server }: TestGateway) => [server.stats.callbacks(), server.stats.subscriptions()]

/** As a router answers, but for messages of that kind. */
const answering =
  (action: string, status: number): NonNullable<SubscribeOptions['answer']> =>
  (message) =>
    message.action === action ? status : message.action === 'check' ? 204 : 200

describe('a router that subscribes by callback', () => {
  it('is asked first, then answered, then told of each event', async () => {
    await using gateway = await start()
    let answered = false
    const opening = subscribe(gateway, {
      answer: ({ action }) => {
        if (action === 'check') expect(answered).toBe(false)
        return action === 'check' ? 204 : 200
      },
      heartbeatMs: 3_600_000,
    })
    const routed = await opening
    answered = true
    expect([routed.status, routed.body, routed.headers.get('subscription-protocol')]).toEqual([
      200,
      { data: null },
      'callback/1.0',
    ])
    expect(routed.actions()).toEqual(['check'])
    expect(openCounts(gateway)).toEqual([1, 1])
    gateway.tick(1)
    gateway.tick(2)
    await routed.until('next', 2)
    expect(routed.messages.slice(1).map(({ payload }) => payload)).toEqual([
      { data: { ticks: { at: 1, executions: 1 } } },
      { data: { ticks: { at: 2, executions: 2 } } },
    ])
    expect(gateway.reports.map(({ transport, type }) => `${transport} ${type}`)).toEqual(['CALLBACK subscription'])
  })

  it('gets a heartbeat within each interval that it named', async () => {
    await using gateway = await start()
    const routed = await subscribe(gateway, { heartbeatMs: 1_000 })
    // The first confirmed it.
    await routed.until('check', 5)
    expect(new Set(routed.actions())).toEqual(new Set(['check']))
  })

  it('shares one execution with the others that may see the same', async () => {
    await using gateway = await start({ pipeline: { rightsKey: ({ key }) => key } })
    const both = [await subscribe(gateway), await subscribe(gateway)]
    gateway.tick(1)
    await Promise.all(both.map((routed) => routed.until('next')))
    expect(gateway.executions()).toBe(1)
  })

  it('is not told of the next event before it has taken the one before', async () => {
    await using gateway = await start()
    const held = Promise.withResolvers<number>()
    const routed = await subscribe(gateway, {
      answer: ({ action }, earlier) =>
        action === 'next' && earlier === 0 ? held.promise : action === 'check' ? 204 : 200,
    })
    gateway.tick(1)
    gateway.tick(2)
    // Heartbeats are not held up.
    await routed.until('check', 3)
    expect(routed.actions().filter((action) => action === 'next')).toHaveLength(1)
    held.resolve(200)
    await routed.until('next', 2)
  })
})

describe('a subscription by callback ends', () => {
  const ended = async (gateway: TestGateway): Promise<void> => {
    await expect.poll(() => openCounts(gateway), { timeout: 15_000 }).toEqual([0, 0])
    expect(gateway.events.listenerCount('tick')).toBe(0)
  }

  it('with its credential: `complete` says so', async () => {
    await using gateway = await start({ expiresAt: new Date(Date.now() + 1_000) })
    const routed = await subscribe(gateway)
    gateway.tick(1)
    await routed.until('next')
    expect(await routed.terminated()).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED', retryable: false } }])
    await ended(gateway)
  })

  it('with the gateway: `complete` says so before the process is gone', async () => {
    const gateway = await start()
    const all = await Promise.all(Array.from({ length: 20 }, () => subscribe(gateway)))
    await gateway.close(20_000)
    for (const routed of all) {
      expect(routed.actions().at(-1)).toBe('complete')
      expect(await routed.terminated()).toMatchObject([{ extensions: { code: 'OVERLOADED', retryable: true } }])
    }
    await ended(gateway)
  })

  it('with the gateway, also where the router does not answer', async () => {
    const gateway = await start()
    const never = new Promise<number>(() => {})
    await subscribe(gateway, { answer: ({ action }) => (action === 'complete' ? never : 204) })
    await gateway.close(500)
    await ended(gateway)
  })

  it('with a fault of ours, which is masked', async () => {
    await using gateway = await start()
    const routed = await subscribe(gateway, {}, 'subscription { ticks(fail: BUG) { at } }')
    gateway.tick(1)
    expect(await routed.terminated()).toMatchObject([{ extensions: { code: 'INTERNAL' } }])
    expect(gateway.faults).toHaveLength(1)
    await ended(gateway)
  })

  it.each([
    ['an event', 'next', 404],
    ['an event', 'next', 400],
    ['a heartbeat', 'check', 404],
  ])('when %s is answered with %s %i, and the router is told nothing more', async (_, action, status) => {
    await using gateway = await start()
    const routed = await subscribe(gateway, {
      heartbeatMs: 1_000,
      answer: (message, earlier) => (message.action === action && (action === 'next' || earlier > 0) ? status : 204),
    })
    gateway.tick(1)
    gateway.tick(2)
    await ended(gateway)
    expect(routed.actions()).not.toContain('complete')
    expect(routed.actions().filter((one) => one === 'next').length).toBeLessThan(3)
  })

  it('when an event could not be told, after three attempts', async () => {
    await using gateway = await start()
    const routed = await subscribe(gateway, { answer: answering('next', 503) })
    gateway.tick(1)
    gateway.tick(2)
    expect(await routed.terminated()).toMatchObject([{ extensions: { code: 'CALLBACK_REFUSED' } }])
    const told = routed.messages.filter(({ action }) => action === 'next')
    expect(told.map(({ payload }) => payload.data.ticks.at)).toEqual([1, 1, 1])
    await ended(gateway)
  })

  it('when three heartbeats in a row have failed', async () => {
    await using gateway = await start()
    const routed = await subscribe(gateway, {
      heartbeatMs: 1_000,
      answer: ({ action }, earlier) => (action === 'check' && earlier > 0 ? 500 : 204),
    })
    expect(await routed.terminated()).toMatchObject([{ extensions: { code: 'CALLBACK_REFUSED' } }])
    expect(routed.actions()).toEqual(['check', 'check', 'check', 'check', 'complete'])
    await ended(gateway)
  })

  it('but not when an attempt fails and the next does not: nothing is missed, nothing comes twice', async () => {
    await using gateway = await start()
    const routed = await subscribe(gateway, {
      answer: ({ action }, earlier) => (action === 'next' && earlier < 2 ? 500 : action === 'check' ? 204 : 200),
    })
    gateway.tick(1)
    gateway.tick(2)
    await routed.until('next', 4)
    const taken = routed.messages.filter(({ action }) => action === 'next').slice(2)
    expect(taken.map(({ payload }) => payload.data.ticks.at)).toEqual([1, 2])
  })
})

describe('nobody is called for', () => {
  it.each<[string, SubscribeOptions, string, number, string]>([
    ['who shows no credential', { authorization: '' }, TICKS, 401, 'UNAUTHENTICATED'],
    ['who shows a wrong one', { authorization: 'Bearer wrong' }, TICKS, 401, 'UNAUTHENTICATED'],
    ['who has asked too much', { authorization: 'Bearer rate' }, TICKS, 429, 'RATE_LIMITED'],
    ['a query', {}, '{ hello }', 400, 'BAD_REQUEST'],
    ['a mutation', {}, 'mutation { bump }', 400, 'BAD_REQUEST'],
    ['what is not valid', {}, 'subscription { nothing }', 400, 'GRAPHQL_VALIDATION_FAILED'],
    ['a field that refuses', {}, 'subscription { refused { at } }', 400, 'INTERNAL'],
    ['an address that is none', { subscription: { callbackUrl: 'router' } }, TICKS, 400, 'BAD_REQUEST'],
    ['another scheme', { subscription: { callbackUrl: 'file:///etc/passwd' } }, TICKS, 400, 'BAD_REQUEST'],
    ['an address with a name', { subscription: { callbackUrl: 'http://a:b@127.0.0.1/' } }, TICKS, 400, 'BAD_REQUEST'],
    ['no verifier', { subscription: { verifier: '' } }, TICKS, 400, 'BAD_REQUEST'],
    ['heartbeats in a hurry', { heartbeatMs: 1 }, TICKS, 400, 'BAD_REQUEST'],
    ['heartbeats that never come', { heartbeatMs: 3_600_001 }, TICKS, 400, 'BAD_REQUEST'],
  ])('%s', async (_, options, query, status, code) => {
    await using gateway = await start()
    await using router = await startCallbackReceiver()
    const given = options.authorization === '' ? {} : { authorization: AUTHORIZATION }
    const { authorization, ...more } = options
    const routed = await router.subscribe(`${gateway.url}/graphql`, query, {
      ...given,
      ...(authorization !== undefined && authorization !== '' && { authorization }),
      ...more,
    })
    expect([routed.status, routed.body.errors[0].extensions.code]).toEqual([status, code])
    expect(router.requests()).toBe(0)
    expect(openCounts(gateway)).toEqual([0, 0])
  })

  it('what is not on the list of operations, where there is one', async () => {
    const operations = [{ id: 'ticks', name: 'Ticks', body: 'subscription Ticks { ticks { at } }' }]
    await using gateway = await start({ pipeline: { persisted: { operations, only: true } } })
    await using router = await startCallbackReceiver()
    const options = { authorization: AUTHORIZATION }
    const refused = await router.subscribe(`${gateway.url}/graphql`, TICKS, options)
    expect([refused.status, refused.body.errors[0].extensions.code]).toEqual([400, 'PERSISTED_QUERY_NOT_IN_LIST'])
    expect(router.requests()).toBe(0)
    const listed = await router.subscribe(`${gateway.url}/graphql`, operations[0]!.body, options)
    expect([listed.status, listed.actions()]).toEqual([200, ['check']])
  })

  it('who has as many subscriptions, or connections, as they may have', async () => {
    for (const limits of [{ maxSubscriptionsPerClient: 1 }, { maxSocketsPerClient: 1 }, { maxSockets: 1 }]) {
      await using gateway = await start({ server: limits })
      await subscribe(gateway)
      await using router = await startCallbackReceiver()
      const refused = await router.subscribe(`${gateway.url}/graphql`, TICKS, { authorization: AUTHORIZATION })
      expect(refused.status).toBe('maxSockets' in limits ? 503 : 429)
      expect(router.requests()).toBe(0)
      expect(openCounts(gateway)).toEqual([1, 1])
    }
  })
})

describe('a router that takes its time to confirm', () => {
  /** Subscribes, and resolves once the router has been asked. */
  const askRouter = async (gateway: TestGateway, status: Promise<number>) => {
    const asked = Promise.withResolvers<void>()
    const answer = ({ action }: { readonly action: string }): number | Promise<number> => {
      if (action !== 'check') return 200
      asked.resolve()
      return status
    }
    const opening = subscribe(gateway, { answer, heartbeatMs: 0 })
    await asked.promise
    return { opening }
  }

  it('takes no place of operations: as many may be waited for beside them', async () => {
    await using gateway = await start({ server: { maxInFlight: 2 } })
    const confirmed = Promise.withResolvers<number>()
    const waiting = [await askRouter(gateway, confirmed.promise), await askRouter(gateway, confirmed.promise)]
    expect(gateway.server.stats.inFlight()).toBe(0)
    const queries = await Promise.all([1, 2].map(() => post(gateway, { query: '{ hello }' })))
    expect(queries.map(({ status }) => status)).toEqual([200, 200])

    await using router = await startCallbackReceiver()
    const refused = await router.subscribe(`${gateway.url}/graphql`, TICKS, { authorization: AUTHORIZATION })
    expect([refused.status, refused.body.errors[0].extensions]).toMatchObject([
      503,
      { code: 'OVERLOADED', retryable: true },
    ])
    expect(router.requests()).toBe(0)
    expect(openCounts(gateway)).toEqual([2, 2])

    confirmed.resolve(204)
    expect((await Promise.all(waiting.map(({ opening }) => opening))).map(({ status }) => status)).toEqual([200, 200])
    expect((await subscribe(gateway)).status).toBe(200)
    expect(openCounts(gateway)).toEqual([3, 3])
  })

  it('is waited for no longer when the process gives up', async () => {
    await using gateway = await start()
    const { opening } = await askRouter(gateway, new Promise(() => {}))
    await gateway.close(0)
    expect(await opening.catch((error: unknown) => (error as Error).message)).toBe('fetch failed')
  })
})

describe('a router that does not confirm', () => {
  it.each([200, 400, 401, 404, 500])('with 204 but with %i is refused, and nothing stays open', async (status) => {
    await using gateway = await start()
    const routed = await subscribe(gateway, { answer: () => status })
    expect([routed.status, routed.body.errors[0].extensions.code]).toEqual([400, 'CALLBACK_REFUSED'])
    expect(routed.actions()).toEqual(['check'])
    expect(openCounts(gateway)).toEqual([0, 0])
    expect(gateway.events.listenerCount('tick')).toBe(0)
  })

  it('because nobody is there is refused', async () => {
    await using gateway = await start()
    const routed = await subscribe(gateway, { subscription: { callbackUrl: 'http://127.0.0.1:9/callback' } })
    expect([routed.status, routed.body.errors[0].extensions.code]).toEqual([400, 'CALLBACK_REFUSED'])
  })
})

it('a gateway without callbacks says how to subscribe', async () => {
  await using gateway = await startGateway()
  const answer = await post(gateway, { query: TICKS }, { accept: 'application/json;callbackSpec=1.0' })
  expect(answer.body.errors?.[0]?.extensions['code']).toBe('SUBSCRIPTION_NEEDS_WEBSOCKET')
})

describe('the receiver of these tests finds', () => {
  /** A subgraph that does what the test says once a router has subscribed. */
  const planted = async (then: (send: (message: object) => Promise<unknown>) => unknown) => {
    const server = createServer((request, response) => {
      void (async () => {
        const { extensions } = (await json(request)) as {
          extensions: { subscription: { callbackUrl: string; subscriptionId: string; verifier: string } }
        }
        const { callbackUrl, subscriptionId: id, verifier } = extensions.subscription
        const send = (message: object): Promise<unknown> =>
          fetch(callbackUrl, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'subscription-protocol': 'callback/1.0' },
            body: JSON.stringify({ kind: 'subscription', action: 'check', id, verifier, ...message }),
          })
        await send({})
        response.end('{"data":null}')
        await then(send)
      })()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      [Symbol.asyncDispose]: async () => {
        server.close()
        server.closeAllConnections()
        await once(server, 'close')
      },
    }
  }

  it.each<[string, (send: (message: object) => Promise<unknown>) => unknown, RegExp]>([
    ['a heartbeat that is missed', () => {}, /a heartbeat was missed/],
    ['another verifier', (send) => send({ verifier: 'guessed' }), /another verifier/],
    ['an unknown message', (send) => send({ action: 'heartbeat' }), /unknown kind/],
  ])('%s', async (_, then, said) => {
    await using subgraph = await planted(then)
    const routed = await receiver.subscribe(subgraph.url, TICKS, { heartbeatMs: 1_000 })
    await expect(routed.terminated()).rejects.toThrow(said)
  })

  it('a termination that never comes', async () => {
    await using subgraph = await planted(() => {})
    const routed = await receiver.subscribe(subgraph.url, TICKS, { heartbeatMs: 0 })
    await expect(routed.terminated()).rejects.toThrow(/never terminated/)
  })

  it('a message after the end', async () => {
    await using subgraph = await planted(async (send) => {
      await send({ action: 'complete' })
      await send({ action: 'next', payload: {} })
    })
    const routed = await receiver.subscribe(subgraph.url, TICKS)
    expect(await routed.terminated()).toBeNull()
    await expect(routed.until('next')).rejects.toThrow(/after the end/)
  })
})
