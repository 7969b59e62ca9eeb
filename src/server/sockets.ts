import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { CloseCode, handleProtocols, MessageType } from 'graphql-ws'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { SocketServer } from '../graphql/pipeline/socket-protocol.ts'
import type { SocketSession } from '../graphql/pipeline/socket-session.ts'
import { PROTOCOL_ERRORS, type ProtocolCode } from '../graphql/pipeline/protocol-errors.ts'
import type { OriginPolicy } from './origin.ts'
import type { RemoteAddress } from './remote-address.ts'

export interface SocketsOptions {
  readonly protocol: SocketServer
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

interface Connection {
  readonly socket: WebSocket
  alive: boolean
  running: number
}

const GOING_AWAY = 1001
/**
 * What may wait to be written to one socket. With more, nothing more is read from it until its peer has caught up: the
 * answers to pings alone could fill the memory. A peer that does not is dropped like one that answers no ping.
 */
const UNWRITTEN_LIMIT_BYTES = 1_048_576
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
    ...(status === 503 ? ['retry-after: 1'] : []),
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  stream.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** What only servers say. graphql-ws takes it for a fault of its own. */
const SERVER_TYPES: ReadonlySet<unknown> = new Set([MessageType.ConnectionAck, MessageType.Next, MessageType.Error])

const isServerMessage = (text: string): boolean => {
  try {
    return SERVER_TYPES.has((JSON.parse(text) as { readonly type?: unknown } | null)?.type)
  } catch {
    // graphql-ws has closed the socket of whoever sent it.
    return false
  }
}

const textOf = (message: RawData): string =>
  (Array.isArray(message) ? Buffer.concat(message) : Buffer.from(message as Buffer)).toString('utf8')

export const createSockets = (options: SocketsOptions): Sockets => {
  const { protocol, origins, remoteAddress, path, maxPayloadBytes, hasRoom, keepAliveMs, onFault } = options
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: maxPayloadBytes,
    perMessageDeflate: false,
    handleProtocols,
    // Sockets are listed here, in the slots.
    clientTracking: false,
    // Answered here, within the limit of what may wait.
    autoPong: false,
  })
  const slots = Array.from({ length: SLOTS }, () => new Set<Connection>())
  let draining = false
  let turn = 0

  const ping = (): void => {
    turn = (turn + 1) % SLOTS
    for (const connection of slots[turn] ?? []) {
      if (!connection.alive) connection.socket.terminate()
      else if (connection.socket.readyState === connection.socket.OPEN) {
        connection.alive = false
        connection.socket.ping()
      }
    }
  }
  const pinger = setInterval(ping, keepAliveMs / SLOTS)

  const goAway = ({ socket, running }: Connection): void => {
    if (running === 0) socket.close(GOING_AWAY, 'Going away')
  }

  const write = (socket: WebSocket, put: (written: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      // A socket that has closed takes nothing more, and its operations are being ended: nobody is left to tell.
      if (socket.readyState !== socket.OPEN) return resolve()
      put(() => {
        if (socket.isPaused && socket.bufferedAmount <= UNWRITTEN_LIMIT_BYTES) socket.resume()
        resolve()
      })
      if (socket.bufferedAmount > UNWRITTEN_LIMIT_BYTES) socket.pause()
    })

  const send = (socket: WebSocket, text: string): Promise<void> =>
    write(socket, (written) => socket.send(text, written))

  const accept = (socket: WebSocket, request: IncomingMessage): void => {
    const connection: Connection = { socket, alive: true, running: 0 }
    const slot = slots.reduce((least, candidate) => (candidate.size < least.size ? candidate : least))
    slot.add(connection)
    const fail = (error: unknown): void => {
      onFault(error)
      socket.close(CloseCode.InternalServerError, 'Internal server error')
    }
    const receiveBy = (receive: (text: string) => Promise<void>) => (message: RawData) => {
      const text = textOf(message)
      receive(text).catch((error: unknown) => {
        if (isServerMessage(text)) socket.close(CloseCode.BadRequest, 'Only a server sends this message')
        else fail(error)
      })
    }
    const session: SocketSession = {
      headers: request.headers,
      remoteAddress: remoteAddress(request),
      send: (text) => send(socket, text),
      close: (code, reason) => socket.close(code, reason),
      onRunning: (count) => {
        connection.running = count
        if (draining) goAway(connection)
      },
    }
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: session.send,
        close: session.close,
        onMessage: (receive) => socket.on('message', receiveBy(receive)),
      },
      session,
    )
    socket.on('ping', (payload) => void write(socket, (written) => socket.pong(payload, false, written)))
    socket.on('pong', () => {
      connection.alive = true
    })
    // Faults of the peer: `ws` closes the socket with the code that says which.
    socket.on('error', () => {})
    socket.once('close', (code, reason) => {
      slot.delete(connection)
      closed(code, String(reason)).catch(onFault)
    })
    if (draining) goAway(connection)
  }

  return {
    upgrade: (request, stream, head) => {
      stream.on('error', () => stream.destroy())
      const [pathname] = (request.url ?? '').split('?')
      if (pathname !== path) refuse(stream, 404, `WebSockets are served at ${path}.`)
      else if (draining) refuse(stream, 503, 'The gateway is shutting down.')
      else if (!origins.maySocket(request.headers)) refuse(stream, 403, 'This origin may not open a WebSocket here.')
      else if (!hasRoom()) refuse(stream, 503, 'This process has the connections that it may have.')
      else server.handleUpgrade(request, stream, head, (socket) => accept(socket, request))
    },
    drain: () => {
      draining = true
      for (const connection of slots.flatMap((slot) => [...slot])) goAway(connection)
    },
    terminate: () => {
      clearInterval(pinger)
      for (const { socket } of slots.flatMap((slot) => [...slot])) socket.terminate()
      server.close()
    },
    open: () => slots.reduce((sum, slot) => sum + slot.size, 0),
  }
}
