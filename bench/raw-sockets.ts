/**
 * The floor under subscriptions: `ws` as it comes, which verifies the token of whoever connects, sends every socket the same
 * text, and knows nothing of GraphQL. Arguments: the public key of the tokens, SPKI, DER, base64.
 */
import { createPublicKey } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { jwtVerify } from 'jose'
import { type WebSocket, WebSocketServer } from 'ws'
import { steadyMs } from './steady-clock.ts'

export interface RawReady {
  readonly port: number
}
/** Sends the text to every socket; null sends nothing. Answered with `RawUsed`. */
export interface RawOrder {
  readonly text: string | null
}
export interface RawUsed {
  /** When the first was about to be sent. */
  readonly sentAt: number
  readonly cpuMs: number
}

const key = createPublicKey({ key: Buffer.from(process.argv[2] ?? '', 'base64'), format: 'der', type: 'spki' })
const sockets = new Set<WebSocket>()

const receive = async (socket: WebSocket, text: string): Promise<void> => {
  const { type, id, payload } = JSON.parse(text) as {
    readonly type: string
    readonly id?: string
    readonly payload?: { readonly authorization?: string; readonly variables?: { readonly after?: string } }
  }
  if (type === 'connection_init') {
    await jwtVerify(payload?.authorization?.slice('Bearer '.length) ?? '', key)
    socket.send('{"type":"connection_ack"}')
  }
  if (type === 'subscribe') {
    const first = { __typename: 'ConsentSnapshot', cursor: '' }
    socket.send(JSON.stringify({ id, type: 'next', payload: { data: { consentEvents: first } } }))
  }
}

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, backlog: 4_096 })
server.on('connection', (socket) => {
  sockets.add(socket)
  socket.on('message', (data: Buffer) => void receive(socket, data.toString()))
  socket.on('close', () => sockets.delete(socket))
})
server.on('listening', () => process.send?.({ port: (server.address() as AddressInfo).port } satisfies RawReady))

process.on('message', ({ text }: RawOrder) => {
  const sentAt = steadyMs()
  if (text !== null) for (const socket of sockets) socket.send(text)
  const { user, system } = process.cpuUsage()
  process.send?.({ sentAt, cpuMs: (user + system) / 1_000 } satisfies RawUsed)
})
process.on('disconnect', () => process.exit(0))
