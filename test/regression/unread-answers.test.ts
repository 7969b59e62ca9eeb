import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { openSocket, type SocketClient } from '../server/socket-client.ts'
import { startGateway } from '../server/gateway-under-test.ts'

const MEGABYTE = 1024 * 1024
/** More than the kernel keeps for both directions of a connection. */
const SENT_BYTES = 64 * MEGABYTE
const PAYLOAD_BYTES = 200_000

/** Waits until the peer takes no more. */
const untilStuck = async ({ socket }: SocketClient): Promise<number> => {
  const seen: number[] = []
  await expect
    .poll(() => seen.push(socket.bufferedAmount) && new Set(seen.slice(-10)).size === 1 && seen.length > 10, {
      interval: 50,
      timeout: 20_000,
    })
    .toBe(true)
  return socket.bufferedAmount
}

test('whoever reads no answers is not read from any more, and loses none', { timeout: 60_000 }, async () => {
  await using gateway = await startGateway()
  await using client = await openSocket(gateway)
  client.send({ type: 'connection_init' })
  expect(await client.next()).toMatchObject({ type: 'connection_ack' })
  const wire = (client.socket as unknown as { readonly _socket: Socket })._socket
  wire.pause()
  const payload = { text: 'x'.repeat(PAYLOAD_BYTES) }
  const pings = Math.ceil(SENT_BYTES / PAYLOAD_BYTES)
  for (let sent = 0; sent < pings; sent += 1) client.send({ type: 'ping', payload })
  expect(await untilStuck(client)).toBeGreaterThan(SENT_BYTES / 4)
  wire.resume()
  for (let answered = 0; answered < pings; answered += 1) {
    expect((await client.next()).payload.text).toHaveLength(PAYLOAD_BYTES)
  }
})

test('pings of the protocol below are answered within the same limit', async () => {
  await using gateway = await startGateway()
  await using client = await openSocket(gateway)
  const answered = new Promise<string>((resolve) => client.socket.once('pong', (data) => resolve(String(data))))
  client.socket.ping('still there?')
  expect(await answered).toBe('still there?')
})
