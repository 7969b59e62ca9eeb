import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createAdmission, createRetryTimes, RETRY_AFTER_SECONDS } from '../../src/graphql/pipeline/admission.ts'
import { post, startGateway } from './gateway-under-test.ts'
import { openSocket } from './socket-client.ts'

const BUSY = { code: 'OVERLOADED', retryable: true }

describe('operations in flight', () => {
  it('are so many and no more; others are told at once to come again, on every transport', async () => {
    await using gateway = await startGateway({ server: { maxInFlight: 2 } })
    await using client = await openSocket(gateway)
    await client.init()
    const first = once(gateway.events, 'slow')
    const overHttp = post(gateway, { query: '{ slow }' })
    await first
    const second = once(gateway.events, 'slow')
    const overSocket = client.run('mutation { slowBump }')
    await second

    const { status, headers, body } = await post(gateway, { query: '{ hello }' }, { origin: 'https://app.example.com' })
    expect([status, body]).toMatchObject([503, { errors: [{ extensions: BUSY }] }])
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(RETRY_AFTER_SECONDS)
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example.com')
    const streamed = await post(gateway, { query: '{ hello }' }, { accept: 'text/event-stream' })
    expect([streamed.status, streamed.body]).toMatchObject([503, { errors: [{ extensions: BUSY }] }])
    await using other = await openSocket(gateway)
    await other.init()
    expect(await other.run('{ hello }')).toMatchObject([{ type: 'error', payload: [{ extensions: BUSY }] }])
    expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200)

    gateway.events.emit('release')
    expect((await overHttp).status).toBe(200)
    expect(await overSocket).toMatchObject([{ type: 'next' }])
    expect((await post(gateway, { query: '{ hello }' })).status).toBe(200)
    expect(await other.run('{ hello }')).toMatchObject([{ type: 'next' }])
    await expect.poll(() => gateway.server.stats.inFlight()).toBe(0)
    expect(gateway.faults).toEqual([])
  })

  it('are those of a socket that went away until they are done, and no subscriptions that are open', async () => {
    await using gateway = await startGateway({ server: { maxInFlight: 1 } })
    await using client = await openSocket(gateway)
    await client.init()
    const subscribed = once(gateway.events, 'subscribed')
    client.send({ type: 'subscribe', id: 'a', payload: { query: 'subscription { never { at } }' } })
    await subscribed
    expect(gateway.server.stats.inFlight()).toBe(0)
    const begun = once(gateway.events, 'slow')
    client.send({ type: 'subscribe', id: 'b', payload: { query: '{ slow }' } })
    await begun
    expect(gateway.server.stats.inFlight()).toBe(1)
    client.socket.terminate()
    await expect.poll(gateway.server.stats.sockets).toBe(0)
    // Else whoever connects anew for each could have as many at work as it likes.
    expect(gateway.server.stats.inFlight()).toBe(1)
    gateway.events.emit('release')
    await expect.poll(gateway.server.stats.inFlight).toBe(0)
  })
})

describe('a refusal', () => {
  it('is shaped as any error, with the id of its request, the caller’s own where it is well formed and sent once', async () => {
    await using gateway = await startGateway({ server: { maxInFlight: 1 } })
    const begun = once(gateway.events, 'slow')
    const slow = post(gateway, { query: '{ slow }' })
    await begun
    const idOf = async (given: string): Promise<string | null> => {
      const { status, headers, body } = await post(gateway, { query: '{ hello }' }, { 'X-Request-ID': given })
      const requestId = headers.get('x-request-id')
      expect(status).toBe(503)
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(body).toEqual({
        errors: [{ message: 'The gateway is overloaded. Nothing was done.', extensions: { ...BUSY, requestId } }],
      })
      return requestId
    }
    expect(await idOf('order-4711')).toBe('order-4711')
    expect(await idOf('"quoted"')).toMatch(/^[\w-]{8,}$/)
    expect(await idOf('order-4711, order-4712')).toMatch(/^[\w-]{8,}$/)
    gateway.events.emit('release')
    expect((await slow).status).toBe(200)
  })

  it('tells a crowd different times, each as often', () => {
    const retryTime = createRetryTimes()
    const times = Array.from({ length: 60 }, retryTime)
    const counts = Object.groupBy(times, (seconds) => seconds)
    expect(Math.min(...times)).toBe(RETRY_AFTER_SECONDS)
    expect(Object.values(counts).map((same) => same?.length)).toEqual([10, 10, 10, 10, 10, 10])
  })
})

describe('a loop that is late', () => {
  /** Nothing else runs meanwhile, as where too much is to be done. */
  const block = async (): Promise<void> => {
    for (let times = 0; times < 10; times += 1) {
      const until = performance.now() + 60
      while (performance.now() < until);
      await turn()
    }
  }

  it('lets no more in while many are in flight, and does again', async () => {
    using admission = createAdmission({ maxInFlight: 1_000, maxLoopDelayMs: 20 })
    const leaves = Array.from({ length: 150 }, () => admission.enter())
    await block()
    expect(admission.enter()).toBeNull()
    for (const leave of leaves.slice(0, 51)) leave?.()
    leaves[0]?.()
    expect(admission.inFlight()).toBe(99)
    expect(admission.enter()).not.toBeNull()
    expect(admission.enter()).toBeNull()
    await expect.poll(() => admission.enter()).not.toBeNull()
  })

  it('is nobody’s fault where few are in flight', async () => {
    using admission = createAdmission({ maxInFlight: 1_000, maxLoopDelayMs: 20 })
    await block()
    expect(admission.enter()).not.toBeNull()
  })
})
