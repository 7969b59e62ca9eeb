import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { follow } from '../../src/cli/listen/follow.ts'
import type { Happening } from '../../src/cli/listen/subscription.ts'

interface Sent {
  /** What `consentEvents` is, one after the other. */
  readonly items: readonly object[]
  readonly end: 'complete' | 'stay' | { readonly errors: readonly object[] } | { readonly code: number }
}

/** A gateway that says what it is told to: one script for each subscription. */
const startScript = async (...scripts: readonly Sent[]) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'graphql-transport-ws' })
  await once(server, 'listening')
  const asked: unknown[] = []
  const taken = Promise.withResolvers<void>()
  const play = (socket: WebSocket, id: string, { items, end }: Sent): void => {
    const say = (message: object): void => socket.send(JSON.stringify({ id, ...message }))
    for (const consentEvents of items) say({ type: 'next', payload: { data: { consentEvents } } })
    // Answered once everything before it has been read.
    socket.send('{"type":"ping"}')
    if (end === 'complete') say({ type: 'complete' })
    else if (end !== 'stay' && 'errors' in end) say({ type: 'error', payload: end.errors })
    else if (end !== 'stay') socket.close(end.code, 'Going away')
  }
  server.on('connection', (socket) => {
    socket.on('message', (text: Buffer) => {
      const message = JSON.parse(text.toString('utf8')) as {
        type: string
        id: string
        payload: { variables: { after: unknown } }
      }
      if (message.type === 'connection_init') socket.send('{"type":"connection_ack"}')
      if (message.type === 'pong') taken.resolve()
      if (message.type !== 'subscribe') return
      asked.push(message.payload.variables.after)
      play(socket, message.id, scripts[asked.length - 1] ?? { items: [], end: 'stay' })
    })
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The `after` of each subscription. */
    asked,
    /** Resolves when what the first one sent has been read. */
    taken: taken.promise,
    [Symbol.asyncDispose]: async () => {
      for (const socket of server.clients) socket.terminate()
      server.close()
      await once(server, 'close')
    },
  }
}

const event = (number: number) => ({ id: `evt_${number}`, cursor: `c${number}`, webhookBody: '{}' })

const followed = async (
  url: string,
  wanted: (happening: Happening) => boolean | Promise<boolean>,
): Promise<readonly Happening[]> => {
  const stopping = new AbortController()
  const seen: Happening[] = []
  const options = { url, apiKey: 'key', filter: {}, after: null, signal: stopping.signal }
  for await (const happening of follow(options)) {
    if (happening.kind !== 'CONNECTED') seen.push(happening)
    if (await wanted(happening)) stopping.abort()
  }
  return seen
}

const isEvent = (number: number) => (happening: Happening) =>
  happening.kind === 'EVENT' && happening.event.id === `evt_${number}`

test('behind a gap it goes on at once, from where the gap ends', async () => {
  await using gateway = await startScript(
    { items: [{ cursor: 'c0' }, event(1), { gapReason: 'SLOW_CONSUMER', resumeFrom: 'c7' }], end: 'complete' },
    { items: [event(8)], end: 'stay' },
  )
  const seen = await followed(gateway.url, isEvent(8))
  expect(gateway.asked).toEqual([null, 'c7'])
  expect(seen).toEqual([
    { kind: 'LISTENING', cursor: 'c0' },
    { kind: 'EVENT', event: event(1) },
    { kind: 'GAP', reason: 'SLOW_CONSUMER', resumeFrom: 'c7' },
    { kind: 'EVENT', event: event(8) },
  ])
})

test('of more than it lets wait it drops none: it asks again from the last one it took', async () => {
  const flood = Array.from({ length: 1500 }, (_, number) => event(number))
  await using gateway = await startScript({ items: flood, end: 'stay' }, { items: [event(9000)], end: 'stay' })
  const seen = await followed(gateway.url, async (happening) => {
    // A receiver that is slow to take the first one.
    if (isEvent(0)(happening)) await gateway.taken
    return isEvent(9000)(happening)
  })
  const cursors = seen.flatMap((happening) => (happening.kind === 'EVENT' ? happening.event.cursor : []))
  expect(cursors.pop()).toBe('c9000')
  expect(cursors.length).toBeLessThan(1500)
  expect(cursors).toEqual(flood.slice(0, cursors.length).map(({ cursor }) => cursor))
  expect(gateway.asked).toEqual([null, cursors.at(-1)])
})

test.each<[string, Sent['end']]>([
  ['a gateway that goes away', { code: 1001 }],
  ['one that ends the stream', 'complete'],
  ['a fault that passes', { errors: [{ message: 'The store cannot be reached.', extensions: { retryable: true } }] }],
])('after %s it comes again, from the last event', async (_, end) => {
  await using gateway = await startScript({ items: [event(1)], end }, { items: [event(2)], end: 'stay' })
  const seen = await followed(gateway.url, isEvent(2))
  expect(gateway.asked).toEqual([null, 'c1'])
  expect(seen.map(({ kind }) => kind)).toEqual(['EVENT', 'LOST', 'EVENT'])
})

test.each<[string, Sent, string]>([
  ['a credential that has ended', { items: [], end: { code: 4403 } }, 'refuses this API key'],
  ['a request that is refused', { items: [], end: { errors: [{ message: 'No such user.' }] } }, 'No such user.'],
  ['an answer of another kind', { items: [{ hello: 1 }], end: 'stay' }, 'does not know'],
])('%s ends it', async (_, script, said) => {
  await using gateway = await startScript(script)
  await expect(followed(gateway.url, () => false)).rejects.toThrow(said)
  expect(gateway.asked).toEqual([null])
})
