import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { handleProtocols } from 'graphql-ws'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { TransientSet } from '../domain/transient-map.ts'
import { RETRY_AFTER_SECONDS } from '../graphql/pipeline/admission.ts'
import type { SocketProtocol } from '../graphql/pipeline/socket-protocol.ts'
import { PROTOCOL_ERRORS, type ProtocolCode } from '../graphql/pipeline/protocol-errors.ts'
import type { OriginPolicy } from './origin.ts'
import type { RemoteAddress } from './remote-address.ts'
import { ServedSocket, SocketConnection } from './socket-connection.ts'

export interface SocketsOptions {
  readonly protocol: SocketProtocol
  readonly origins: OriginPolicy
  readonly remoteAddress: RemoteAddress
  readonly path: string
  readonly maxPayloadBytes: number
  /** False while the process has as many connections that stay as it may have. */
  readonly hasRoom: () => boolean
  /** Each socket is pinged this often; one that has not answered by the next ping is dropped. */
  readonly keepAliveMs: number
  readonly onFault: (error: unknown) => void
}

export interface Sockets {
  /** For the `upgrade` event of the HTTP server. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void
  /** Closes each socket with 1001 once its queries and mutations are answered. */
  drain(): void
  /** Ends what is left. */
  terminate(): void
  open(): number
}

/** Pings are spread over the keep-alive interval, so that ten thousand sockets are never pinged at once. */
const SLOTS = 12

const refuse = (stream: Duplex, status: number, message: string): void => {
  const code: ProtocolCode = status === 503 ? 'OVERLOADED' : 'BAD_REQUEST'
  const body = JSON.stringify({
    errors: [{ message, extensions: { code, retryable: PROTOCOL_ERRORS[code].retryable } }],
  })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    ...(status === 503 ? [`retry-after: ${RETRY_AFTER_SECONDS}`] : []),
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  stream.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

const textOf = (message: RawData): string =>
  (Array.isArray(message) ? Buffer.concat(message) : Buffer.from(message as Buffer)).toString('utf8')

/*
 * Listeners that all sockets share: one of each for every socket would weigh more than what it listens for.
 */
const connectionOf = (socket: WebSocket): SocketConnection | null => (socket as ServedSocket).connection
function onMessage(this: WebSocket, message: RawData): void {
  connectionOf(this)?.receive(textOf(message))
}
function onPing(this: WebSocket, payload: Buffer): void {
  connectionOf(this)?.pong(payload)
}
function onPong(this: WebSocket): void {
  connectionOf(this)?.answered()
}
/** Faults of the peer: `ws` closes the socket with the code that says which. */
function onError(): void {}
function onStreamError(this: Duplex): void {
  this.destroy()
}

export const createSockets = (options: SocketsOptions): Sockets => {
  const { protocol, origins, remoteAddress, path, maxPayloadBytes, hasRoom, keepAliveMs, onFault } = options
  const server = new WebSocketServer<typeof ServedSocket>({
    noServer: true,
    maxPayload: maxPayloadBytes,
    perMessageDeflate: false,
    handleProtocols,
    // Sockets are listed here, in the slots.
    clientTracking: false,
    // Answered here, within the limit of what may wait.
    autoPong: false,
    WebSocket: ServedSocket,
  })
  const slots = Array.from({ length: SLOTS }, () => new TransientSet<SocketConnection>())
  const everyone = (): readonly SocketConnection[] => slots.flatMap((slot) => slot.values())
  let draining = false
  let turn = 0

  const pinger = setInterval(() => {
    turn = (turn + 1) % SLOTS
    for (const connection of slots[turn]?.values() ?? []) connection.ping()
  }, keepAliveMs / SLOTS)

  function onClose(this: WebSocket): void {
    const connection = connectionOf(this)
    if (connection === null) return
    for (const slot of slots) slot.delete(connection)
    connection.peer?.closed()
  }

  const accept = (socket: ServedSocket, request: IncomingMessage, stream: Duplex): void => {
    const address = remoteAddress(request)
    const connection = new SocketConnection({ socket, stream, request, remoteAddress: address, onFault })
    const slot = slots.reduce((least, candidate) => (candidate.size < least.size ? candidate : least))
    slot.add(connection)
    socket.connection = connection
    socket.on('message', onMessage).on('ping', onPing).on('pong', onPong).on('error', onError).on('close', onClose)
    connection.peer = protocol(connection)
    if (draining) connection.drain()
  }

  return {
    upgrade: (request, stream, head) => {
      stream.on('error', onStreamError)
      const [pathname] = (request.url ?? '').split('?')
      if (pathname !== path) refuse(stream, 404, `WebSockets are served at ${path}.`)
      else if (draining) refuse(stream, 503, 'The gateway is shutting down.')
      else if (!origins.maySocket(request.headers)) refuse(stream, 403, 'This origin may not open a WebSocket here.')
      else if (!hasRoom()) refuse(stream, 503, 'This process has the connections that it may have.')
      else server.handleUpgrade(request, stream, head, (socket) => accept(socket, request, stream))
    },
    drain: () => {
      draining = true
      for (const connection of everyone()) connection.drain()
    },
    terminate: () => {
      clearInterval(pinger)
      for (const connection of everyone()) connection.terminate()
      server.close()
    },
    open: () => slots.reduce((sum, slot) => sum + slot.size, 0),
  }
}
