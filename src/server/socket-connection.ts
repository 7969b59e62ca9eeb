import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { CloseCode } from 'graphql-ws'
import { WebSocket } from 'ws'
import type { SocketPeer } from '../graphql/pipeline/socket-protocol.ts'
import type { SocketSession } from '../graphql/pipeline/socket-session.ts'
import { PING_FRAME, toTextFrame } from './text-frame.ts'

const GOING_AWAY = 1001
/**
 * What may wait to be written to one socket. With more, nothing more is read from it until its peer has caught up: the
 * answers to pings alone could fill the memory. A peer that does not is dropped like one that answers no ping.
 */
const UNWRITTEN_LIMIT_BYTES = 1_048_576
const NOTHING = Buffer.alloc(0)
/** Of the reason in a close frame: RFC 6455, section 5.5. */
const REASON_LIMIT_BYTES = 123

/** `ws` makes these of the connections that it takes. */
export class ServedSocket extends WebSocket {
  connection: SocketConnection | null = null
}

export interface AcceptedSocket {
  readonly socket: ServedSocket
  /** What is under it. */
  readonly stream: Duplex
  readonly request: IncomingMessage
  readonly remoteAddress: string | null
  readonly onFault: (error: unknown) => void
}

/** As much as a close frame may hold, in whole characters: what a reason quotes is as long as its sender likes. */
const reasonOf = (text: string): string => {
  const bytes = Buffer.alloc(REASON_LIMIT_BYTES)
  return bytes.toString('utf8', 0, bytes.write(text))
}

/** All that an operation may ask for: the rest of the upgrade is let go. */
const headersKept = ({ authorization, 'user-agent': userAgent }: IncomingHttpHeaders): IncomingHttpHeaders => ({
  ...(authorization !== undefined && { authorization }),
  ...(userAgent !== undefined && { 'user-agent': userAgent }),
})

export class SocketConnection implements SocketSession {
  readonly headers: IncomingHttpHeaders
  readonly remoteAddress: string | null
  readonly #socket: ServedSocket
  readonly #stream: Duplex
  readonly #onFault: (error: unknown) => void
  peer: SocketPeer | null = null
  /** False from a ping until it is answered. */
  #isAlive = true
  #running = 0
  #isDraining = false

  constructor({ socket, stream, request, remoteAddress, onFault }: AcceptedSocket) {
    this.headers = headersKept(request.headers)
    this.remoteAddress = remoteAddress
    this.#socket = socket
    this.#stream = stream
    this.#onFault = onFault
  }

  get protocol(): string {
    return this.#socket.protocol
  }

  /** One message of the client. What comes behind the message for which the socket is being closed is not looked at. */
  receive(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    try {
      this.peer?.receive(text)
    } catch (error) {
      this.fail(error)
    }
  }

  send(text: string): Promise<void> {
    return this.#write((written) => this.#socket.send(text, written))
  }

  /** Past `ws`: its frame is made anew for each socket, with a callback and a list of buffers. Both write whole frames. */
  push(head: string, body: string, waiting: { written(): void }): boolean {
    // A socket that has closed takes nothing more, and its operations are being ended: nobody is left to tell.
    if (this.#socket.readyState !== WebSocket.OPEN) return true
    this.#stream.write(toTextFrame(head, body), 'latin1')
    if (this.#stream.writableLength === 0) return true
    this.#holdBack()
    // Called once what stands before it is written.
    this.#stream.write(NOTHING, () => {
      this.#goOn()
      waiting.written()
    })
    return false
  }

  pong(payload: Buffer): void {
    void this.#write((written) => this.#socket.pong(payload, false, written))
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reasonOf(reason))
  }

  fail(error: unknown): void {
    this.#onFault(error)
    this.#socket.close(CloseCode.InternalServerError, 'Internal server error')
  }

  onRunning(count: number): void {
    this.#running = count
    this.#leaveWhenIdle()
  }

  /** Closes with 1001 once its queries and mutations are answered. */
  drain(): void {
    this.#isDraining = true
    this.#leaveWhenIdle()
  }

  /** Drops one that has not answered the last. */
  ping(): void {
    if (!this.#isAlive) this.#socket.terminate()
    else if (this.#socket.readyState === WebSocket.OPEN) {
      this.#isAlive = false
      this.#stream.write(PING_FRAME)
    }
  }

  answered(): void {
    this.#isAlive = true
  }

  terminate(): void {
    this.#socket.terminate()
  }

  #leaveWhenIdle(): void {
    if (this.#isDraining && this.#running === 0) this.#socket.close(GOING_AWAY, 'Going away')
  }

  #write(put: (written: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.readyState !== WebSocket.OPEN) return resolve()
      put(() => {
        this.#goOn()
        resolve()
      })
      this.#holdBack()
    })
  }

  #holdBack(): void {
    if (this.#socket.bufferedAmount > UNWRITTEN_LIMIT_BYTES) this.#socket.pause()
  }

  #goOn(): void {
    if (this.#socket.isPaused && this.#socket.bufferedAmount <= UNWRITTEN_LIMIT_BYTES) this.#socket.resume()
  }
}
