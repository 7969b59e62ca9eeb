import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { startGateway } from './gateway-under-test.ts'
import { openSocket } from './socket-client.ts'

const TICKS = 'subscription { ticks { at } }'

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

describe('a hostile client of a WebSocket', () => {
  it('cannot make a reason longer than a close frame holds', async () => {
    await using gateway = await startGateway()
    await using client = await openSocket(gateway)
    await client.init()
    const id = `a${'ö'.repeat(200)}\ud800`
    const operation = { type: 'subscribe', id, payload: { query: TICKS } }
    client.send(operation)
    client.send(operation)
    expect(await client.closed).toEqual({ code: 4409, reason: `Subscriber for a${'ö'.repeat(53)}` })
    expect(gateway.faults).toEqual([])
  })

  it('cannot have a ping answered that is nested too deeply to be written, before or after it says who it is', async () => {
    await using gateway = await startGateway()
    for (const greets of [false, true]) {
      await using client = await openSocket(gateway)
      if (greets) await client.init()
      client.socket.send(`{"type":"ping","payload":{"a":${nested(120_000)}}}`)
      expect(await client.closed).toEqual({ code: 4400, reason: 'Invalid message received' })
    }
    expect(gateway.faults).toEqual([])
  })

  it.each([
    ['connection_init', nested(120_000)],
    ['connection_init', `{"authorization":${nested(120_000)}}`],
    ['subscribe', `{"query":"{ hello }","variables":{"a":${nested(60_000)}},"extensions":{"b":${nested(60_000)}}}`],
    ['subscribe', `{"query":"{ hello }","variables":${nested(120_000)}}`],
  ])('does no harm by a deeply nested %s', async (type, payload) => {
    await using gateway = await startGateway()
    await using client = await openSocket(gateway)
    if (type === 'subscribe') await client.init()
    client.socket.send(`{"type":"${type}","id":"a","payload":${payload}}`)
    const next = await Promise.race([client.next(), client.closed])
    expect(next).toMatchObject(
      'code' in next ? { code: 4400 } : { type: type === 'subscribe' ? 'next' : 'connection_ack' },
    )
    expect(gateway.faults).toEqual([])
    await using other = await openSocket(gateway)
    await other.init()
  })

  it('has nothing done by what it sends behind a message for which it is closed', async () => {
    await using gateway = await startGateway()
    await using client = await openSocket(gateway)
    await client.init()
    client.send({ type: 'connection_init' })
    client.send({ type: 'subscribe', id: 'a', payload: { query: 'mutation { bump }' } })
    expect((await client.closed).code).toBe(4429)
    await using early = await openSocket(gateway)
    early.send({ type: 'subscribe', id: 'a', payload: { query: 'mutation { bump }' } })
    early.send({ type: 'connection_init' })
    early.send({ type: 'subscribe', id: 'b', payload: { query: 'mutation { bump }' } })
    expect((await early.closed).code).toBe(4401)
    await using other = await openSocket(gateway)
    await other.init()
    expect((await other.run('mutation { bump }'))[0]?.payload).toEqual({ data: { bump: 1 } })
  })

  it('is understood in binary frames and in fragments, with a ping between them', async () => {
    await using gateway = await startGateway()
    await using client = await openSocket(gateway)
    client.socket.send(Buffer.from('{"type":"connection_init"}'))
    expect(await client.next()).toEqual({ type: 'connection_ack' })
    const ponged = once(client.socket, 'pong')
    client.socket.send('{"type":"ping","payload":', { fin: false })
    client.socket.ping('x'.repeat(125))
    expect(String((await ponged)[0])).toBe('x'.repeat(125))
    client.socket.send('{"a":"ö"}}')
    expect(await client.next()).toEqual({ type: 'pong', payload: { a: 'ö' } })
  })

  it('that does not read for a while gets whole frames, of events and of everything else', async () => {
    const [subscriptions, ticks] = [60, 6]
    await using gateway = await startGateway({ pipeline: { rightsKey: ({ key }) => key } })
    await using client = await openSocket(gateway)
    await client.init()
    const query = 'subscription { ticks { at text(length: 40000) } }'
    for (let index = 0; index < subscriptions; index += 1) {
      const subscribed = once(gateway.events, 'subscribed')
      client.send({ type: 'subscribe', id: `s${index}`, payload: { query } })
      await subscribed
    }
    // Of all that is sent now, 29 MB, no more goes out than the kernel holds.
    client.socket.pause()
    const pongs: string[] = []
    client.socket.on('pong', (payload) => pongs.push(String(payload)))
    for (let at = 0; at < ticks; at += 1) {
      gateway.tick(at)
      client.socket.ping(String(at))
      client.send({ type: 'ping', payload: { at } })
      client.send({ type: 'subscribe', id: `q${at}`, payload: { query: '{ hello }' } })
      await new Promise(setImmediate)
    }
    client.socket.resume()
    const seen = new Map<string, number[]>()
    let others = 0
    for (let left = subscriptions * ticks + 3 * ticks; left > 0; left -= 1) {
      const { id = '', payload } = await client.next()
      if (!id.startsWith('s')) others += 1
      else {
        expect(payload.data.ticks.text).toHaveLength(40_000)
        seen.set(id, [...(seen.get(id) ?? []), payload.data.ticks.at])
      }
    }
    expect(seen.size).toBe(subscriptions)
    for (const all of seen.values()) expect(all).toEqual([0, 1, 2, 3, 4, 5])
    expect(others).toBe(3 * ticks)
    expect(pongs).toEqual(['0', '1', '2', '3', '4', '5'])
  })
})
