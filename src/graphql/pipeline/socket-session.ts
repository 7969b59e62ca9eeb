import type { IncomingHttpHeaders } from 'node:http'

/** One socket, as the server's adapter gives it. */
export interface SocketSession {
  /** The subprotocol that was agreed on; empty for none. */
  readonly protocol: string
  /** Of the upgrade, what an operation may ask for. */
  readonly headers: IncomingHttpHeaders
  readonly remoteAddress: string | null
  /** Resolves when the text is written out, or nobody is left to read it. Never rejects. */
  send(text: string): Promise<void>
  /**
   * One message in two parts, the second of which many sockets may share. Both are UTF-8, one character for each byte.
   *
   * @returns whether it went out whole; where not, the reader is slow, and `written` is called when it has
   */
  push(head: string, body: string, waiting: { written(): void }): boolean
  close(code: number, reason: string): void
  /** A fault of ours: told to the operator, and the socket is closed. */
  fail(error: unknown): void
  /** Told how many queries and mutations are in flight, whenever that changes. */
  onRunning(count: number): void
}
