import { Agent } from 'undici'
import type { ReadDocument } from '../domain/document.ts'

export interface DocumentReaderOptions {
  /** From the name's resolution to the last byte. Default 5,000. */
  readonly timeoutMs?: number
  /** Default 262,144. */
  readonly maxBytes?: number
}

export interface DocumentReader extends AsyncDisposable {
  readonly read: ReadDocument
}

export const createDocumentReader = ({
  timeoutMs = 5_000,
  maxBytes = 262_144,
}: DocumentReaderOptions = {}): DocumentReader => {
  const agent = new Agent({
    allowH2: false,
    pipelining: 1,
    maxResponseSize: maxBytes,
    keepAliveTimeout: 4_000,
    // Each read has a deadline of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: timeoutMs, minVersion: 'TLSv1.2' },
  })
  return {
    read: async (text) => {
      const url = new URL(text)
      const { statusCode, body } = await agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(timeoutMs),
      })
      if (statusCode !== 200) {
        await body.dump({ limit: maxBytes })
        throw new Error(`The answer was ${statusCode}.`)
      }
      return await body.json()
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}
