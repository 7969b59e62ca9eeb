import type { IncomingHttpHeaders } from 'node:http'

/** One socket, as the server's adapter gives it. */
export interface SocketSession {
  readonly headers: IncomingHttpHeaders
  readonly remoteAddress: string | null
  /** Resolves when the text is written out, so that a slow reader holds its own events back. */
  send(text: string): Promise<void>
  close(code: number, reason: string): void
  /** Told how many queries and mutations are in flight, whenever that changes. */
  onRunning(count: number): void
}
