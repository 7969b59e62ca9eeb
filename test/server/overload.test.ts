import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createAdmission } from '../../src/graphql/pipeline/admission.ts'
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
    expect([status, headers.get('retry-after'), body]).toMatchObject([503, '4', { errors: [{ extensions: BUSY }] }])
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
