import type { IncomingMessage, ServerResponse } from 'node:http'
import { TransientMap } from '../domain/transient-map.ts'
import type { StreamedResult } from '../graphql/pipeline/shared-results.ts'
import type { OpenStream, RefusedStream, SseProtocol } from '../graphql/pipeline/sse-protocol.ts'
import type { ResultStream } from '../graphql/pipeline/subscribe.ts'
import { readOperation } from './graphql-parameters.ts'
import type { RemoteAddress } from './remote-address.ts'
import { jsonReply, LATER_ELSEWHERE, type Reply, RequestRefused, writeHead } from './reply.ts'

export interface EventStreamsOptions {
  readonly protocol: SseProtocol
  readonly bodyLimitBytes: number
  readonly remoteAddress: RemoteAddress
  /** A comment is sent this often; a reader that has taken nothing in all the time between two is dropped. */
  readonly keepAliveMs: number
  /** False while the process has as many connections that stay as it may have. */
  readonly hasRoom: () => boolean
  readonly onFault: (error: unknown) => void
}

export interface EventStreamRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly search: string
  readonly requestId: string
  /** For every answer. */
  readonly headers: Readonly<Record<string, string>>
}

export interface EventStreams {
  /** @returns what to answer in place of a stream; null once a stream is open. Rejects with RequestRefused. */
  open(asked: EventStreamRequest): Promise<Reply | null>
  /**
   * Ends each subscription without `complete`, so that its client connects anew, to another gateway. Queries and mutations
   * are answered.
   */
  drain(): void
  /** Streams open now, and those that are being opened. */
  count(): number
}

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  // Whatever stands in between has to pass each event on as it comes, as it is.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}
const COMMENT = ':\n\n'
const COMPLETE = 'event: complete\ndata:\n\n'

const toEvent = ({ text, position }: StreamedResult): string =>
  position === null ? `event: next\ndata: ${text}\n\n` : `event: next\nid: ${position}\ndata: ${text}\n\n`

const toReply = ({ status, headers, result }: RefusedStream): Reply =>
  jsonReply(status, result, Object.fromEntries(headers))

export const createEventStreams = (options: EventStreamsOptions): EventStreams => {
  const { protocol, bodyLimitBytes, remoteAddress, keepAliveMs, hasRoom, onFault } = options
  /** What cuts each of them. */
  const streams = new TransientMap<ServerResponse, () => void>()
  let opening = 0
  let draining = false

  const write = async (response: ServerResponse, { isLive, results }: OpenStream): Promise<void> => {
    const writer = createWriter(response, keepAliveMs)
    let cut = false
    const leave = (): void => {
      cut = true
      end(results).catch(onFault)
    }
    // Not that of the response: one that waits behind another on its connection is never told.
    const { socket } = response.req
    socket.once('close', leave)
    streams.set(response, isLive ? leave : () => {})
    if (socket.destroyed || (draining && isLive)) leave()
    try {
      for await (const result of results) await writer.write(toEvent(result))
      if (!cut) await writer.write(COMPLETE)
    } catch (error) {
      // Ends without `complete`: the client tries again.
      onFault(error)
    } finally {
      streams.delete(response)
      socket.off('close', leave)
      // A connection that is kept for another request would keep the server from closing.
      if (draining) response.once('finish', () => socket.end())
      writer.end()
    }
  }

  return {
    open: async ({ request, response, search, requestId, headers }) => {
      const operation = await readOperation(request, search, bodyLimitBytes)
      if (draining) throw new RequestRefused(503, 'OVERLOADED', 'The gateway is shutting down.', LATER_ELSEWHERE)
      if (!hasRoom()) {
        throw new RequestRefused(
          503,
          'OVERLOADED',
          'This process has the connections that it may have.',
          LATER_ELSEWHERE,
        )
      }
      // Its place is taken before anybody is asked: many that come at once would all find the same one free.
      opening += 1
      try {
        const opened = await protocol(operation, {
          requestId,
          headers: request.headers,
          remoteAddress: remoteAddress(request),
          mayMutate: request.method === 'POST',
        })
        if ('status' in opened) return toReply(opened)
        writeHead(response, 200, { ...HEADERS, ...headers })
        write(response, opened).catch(onFault)
        return null
      } finally {
        opening -= 1
      }
    },
    drain: () => {
      draining = true
      for (const cut of streams.values()) cut()
    },
    count: () => streams.size + opening,
  }
}

const end = async (results: ResultStream): Promise<void> => {
  await results.return?.()
}

/** One text at a time: whoever waits for it holds the next one back, and its reader holds up nobody but itself. */
const createWriter = (response: ServerResponse, keepAliveMs: number) => {
  const { socket } = response.req
  let unwritten = 0
  let stuck = false
  let release = (): void => {}

  const put = (text: string, written: () => void): void => {
    unwritten += 1
    response.write(text, () => {
      unwritten -= 1
      stuck = false
      written()
    })
  }
  const beat = (): void => {
    if (unwritten === 0) put(COMMENT, () => {})
    else if (stuck) socket.destroy()
    else stuck = true
  }
  const heart = setInterval(beat, keepAliveMs)
  const close = (): void => {
    clearInterval(heart)
    release()
  }
  socket.once('close', close)
  // The head too goes out now: a proxy answers its own caller with it.
  put(COMMENT, () => {})

  return {
    /** Resolves when the text is written out, or nobody is left to read it. */
    write: (text: string): Promise<void> =>
      new Promise((resolve) => {
        if (socket.destroyed) return resolve()
        release = resolve
        put(text, resolve)
      }),
    end: (): void => {
      clearInterval(heart)
      socket.off('close', close)
      response.end()
    },
  }
}
