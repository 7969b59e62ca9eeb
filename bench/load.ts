/**
 * The load generator: some connections, on each one request after the other, as fast as the answers come. It reads HTTP/1.1
 * answers with a content length and nothing else, so that it costs less than what it measures, and it looks at every answer.
 */
import { connect, type Socket } from 'node:net'
import { faultOf } from './answers.ts'

export interface LoadRequest {
  /** As it goes over the wire, head and body. */
  readonly text: string
  /** The answer must hold them all. */
  readonly expects: readonly string[]
}

export interface LoadOrder {
  readonly port: number
  readonly durationMs: number
  /** For each connection, what it asks in turn. */
  readonly connections: readonly (readonly LoadRequest[])[]
}

export interface LoadResult {
  readonly requests: number
  readonly elapsedMs: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** The first answer that was not what it should be; then nothing else here means anything. */
  readonly fault: string | null
}

const HEAD_END = '\r\n\r\n'

/** Length of the answer that begins here; null while its head is not complete. */
const lengthOf = (received: string): number | null => {
  const head = received.indexOf(HEAD_END)
  if (head === -1) return null
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, head))?.[1]
  if (length === undefined) throw new Error(`an answer without a length:\n${received.slice(0, head)}`)
  return head + HEAD_END.length + Number(length)
}

const ask = (socket: Socket, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let received = ''
    let expected: number | null = null
    const take = (chunk: string): void => {
      received = received === '' ? chunk : received + chunk
      expected ??= lengthOf(received)
      if (expected === null || received.length < expected) return
      leave()
      if (received.length > expected) reject(new Error('more came than was asked for'))
      else resolve(received)
    }
    const fail = (): void => {
      leave()
      reject(new Error(`the connection ended before its answer:\n${received.slice(0, 500)}`))
    }
    const leave = (): void => {
      socket.off('data', take)
      socket.off('close', fail)
    }
    socket.on('data', take)
    socket.on('close', fail)
    socket.write(text)
  })

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

export const generateLoad = async ({ port, durationMs, connections }: LoadOrder): Promise<LoadResult> => {
  const took: number[] = []
  let fault: string | null = null
  const startedAt = performance.now()

  const drive = async (requests: readonly LoadRequest[]): Promise<void> => {
    // One character for one byte: lengths are counted in bytes, and what is looked for is ASCII.
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }).setEncoding('latin1')
    socket.on('error', () => {
      // 'close' follows, and tells whoever waits for an answer.
    })
    try {
      for (let turn = 0; fault === null && performance.now() - startedAt < durationMs; turn += 1) {
        const request = requests[turn % requests.length]
        if (request === undefined) throw new Error('a connection with nothing to ask')
        const askedAt = performance.now()
        const answer = await ask(socket, request.text)
        took.push(performance.now() - askedAt)
        fault ??= faultOf(answer, request.expects)
      }
    } catch (error) {
      fault ??= String(error)
    } finally {
      socket.destroy()
    }
  }
  await Promise.all(connections.map(drive))
  const elapsedMs = performance.now() - startedAt
  const sorted = took.toSorted((a, b) => a - b)
  return { requests: took.length, elapsedMs, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), fault }
}

process.on('message', (order: LoadOrder) => {
  void generateLoad(order).then((result) => process.send?.(result))
})
