/**
 * A load that does not wait for answers: so many requests a second, each on whichever connection is free, as a crowd sends
 * them. What is measured begins when a request was due, so that time spent waiting for a connection counts. Whoever becomes
 * free sends at once what is due.
 */
import { connect, type Socket } from 'node:net'
import { faultOf } from './answers.ts'
import type { LoadRequest } from './load.ts'

export interface OpenLoadOrder {
  readonly port: number
  readonly durationMs: number
  readonly perSecond: number
  readonly maxConnections: number
  readonly requests: readonly LoadRequest[]
  /** A connection that was told to come again later is used at once: a crowd that does not listen. Default: it waits. */
  readonly heedless?: boolean
  /** How often it looks what is due, which waits as long for a connection. Default 1. */
  readonly tickMs?: number
}

export interface OpenLoadResult {
  readonly elapsedMs: number
  /** Whether or not an answer came in time. */
  readonly sent: number
  /** Answered with what was asked for. */
  readonly answered: Latencies
  /** Told to come again: 503 or 429, with `Retry-After`. */
  readonly refused: Latencies
  /** Due, and not even sent: no connection was free. */
  readonly unsent: number
  /** Connections that ended without an answer. */
  readonly lost: number
  /** Answers that were neither. */
  readonly faults: number
  /** The first of them. */
  readonly fault: string | null
}

export interface Latencies {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const TICK_MS = 1
/** For answers to what was sent in time, after it: nothing of it is left behind for whoever measures next. */
const DRAIN_MS = 5_000
const HEAD_END = '\r\n\r\n'

interface Connection {
  readonly socket: Socket
  dueAt: number
  request: LoadRequest | null
  received: string
}

const describe = (took: readonly number[]): Latencies => {
  const sorted = took.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { count: took.length, p50Ms: at(0.5), p99Ms: at(0.99) }
}

const isComplete = (received: string): boolean => {
  const head = received.indexOf(HEAD_END)
  if (head === -1) return false
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(received.slice(0, head))?.[1] ?? 0)
  return received.length >= head + HEAD_END.length + length
}

/** In milliseconds; null for what is no refusal. */
const retryAfterMs = (answer: string): number | null => {
  const seconds = /^HTTP\/1\.1 (?:503|429) /.test(answer) ? /\r\nretry-after: (\d+)/i.exec(answer)?.[1] : undefined
  return seconds === undefined ? null : Number(seconds) * 1_000
}

export const sendOpenLoad = ({
  port,
  durationMs,
  perSecond,
  maxConnections,
  requests,
  heedless = false,
  tickMs = TICK_MS,
}: OpenLoadOrder): Promise<OpenLoadResult> => {
  const answered: number[] = []
  const refused: number[] = []
  let fault: string | null = null
  let faults = 0
  let unsent = 0
  let lost = 0
  let sent = 0
  /** Of all that are to come, the first that is neither sent nor given up. */
  let next = 0
  const total = Math.ceil((durationMs * perSecond) / 1_000)
  const startedAt = performance.now()
  const due = (): number => Math.min(total, Math.floor(((performance.now() - startedAt) * perSecond) / 1_000))
  let over = false
  const all = new Set<Connection>()
  const free: Connection[] = []

  const take = (connection: Connection, chunk: string): void => {
    connection.received += chunk
    if (connection.request === null || !isComplete(connection.received)) return
    const { received: answer, request, dueAt } = connection
    const took = performance.now() - dueAt
    const waitMs = retryAfterMs(answer)
    if (!over) {
      if (waitMs !== null) refused.push(took)
      else if (faultOf(answer, request.expects) === null) answered.push(took)
      else {
        faults += 1
        fault ??= answer.slice(0, 2_000)
      }
    }
    connection.received = ''
    connection.request = null
    if (waitMs === null || heedless) release(connection)
    else setTimeout(() => release(connection), waitMs).unref()
  }

  const release = (connection: Connection): void => {
    if (!over && next < due()) send(connection)
    else free.push(connection)
  }

  const open = (): Connection => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }).setEncoding('latin1')
    const connection: Connection = { socket, dueAt: 0, request: null, received: '' }
    all.add(connection)
    socket.on('data', (chunk: string) => take(connection, chunk))
    socket.on('error', () => {
      lost += 1
      all.delete(connection)
    })
    return connection
  }

  const send = (connection: Connection): void => {
    const request = requests[sent % requests.length]
    if (request === undefined) throw new Error('a load with nothing to ask')
    connection.dueAt = startedAt + (next / perSecond) * 1_000
    connection.request = request
    connection.socket.write(request.text)
    next += 1
    sent += 1
  }

  const close = (): void => {
    for (const { socket } of all)
      socket
        .removeAllListeners('error')
        .on('error', () => {})
        .destroy()
  }

  return new Promise((resolve) => {
    let dueBefore = 0
    const timer = setInterval(() => {
      const passed = performance.now() - startedAt
      unsent += Math.max(0, dueBefore - next)
      next = Math.max(next, dueBefore)
      dueBefore = due()
      for (let left = dueBefore - next; left > 0; left -= 1) {
        const connection = free.pop() ?? (all.size < maxConnections ? open() : null)
        if (connection === null) break
        send(connection)
      }
      if (passed < durationMs) return
      // What comes from here on is no part of it.
      over = true
      if (passed < durationMs + DRAIN_MS && all.size > free.length) return
      clearInterval(timer)
      close()
      const took = { answered: describe(answered), refused: describe(refused) }
      resolve({ ...took, elapsedMs: durationMs, sent, unsent, lost, faults, fault })
    }, tickMs)
  })
}

process.on('message', (order: OpenLoadOrder) => {
  void sendOpenLoad(order).then((result) => process.send?.(result))
})
