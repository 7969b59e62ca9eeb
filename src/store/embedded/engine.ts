import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { GatewayError } from '../../domain/errors.ts'
import type { BatchOutcome, Engine, SqlRow } from '../engine.ts'
import { createSqliteCompiler } from './dialect.ts'
import { fromFault } from './fault.ts'
import type { BatchMessage, EmbeddedLocation, QueryMessage, Replies, WorkerMessage } from './protocol.ts'

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: GatewayError) => void
}

/** @throws GatewayError STORE_UNAVAILABLE: the directory is in use, damaged, or cannot be written */
export const openEmbeddedEngine = async (location: EmbeddedLocation): Promise<Engine> => {
  const worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), { workerData: location })
  const calls = createCalls((requests) => worker.postMessage(requests))
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  const opened = Promise.withResolvers<void>()

  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'REPLIES') calls.settle(message.replies)
    else if (message.kind === 'OPENED') opened.resolve()
    else if (message.kind === 'NOT_OPENED') opened.reject(fromFault(message.fault))
  })
  const fail = (cause: unknown): void => {
    opened.reject(new GatewayError('STORE_UNAVAILABLE', { cause }))
    calls.abandon(cause)
  }
  worker.on('error', fail)
  worker.on('exit', (code) => fail(new Error(`The thread that owns the store ended with ${code}.`)))
  await opened.promise

  return {
    sql: createSqliteCompiler(),
    rowLocks: false,
    query: ({ sql, parameters }) => calls.query(sql, parameters),
    batch: (statements) => calls.batch(statements.map(({ sql, parameters, affects }) => [sql, parameters, affects])),
    close: async () => {
      calls.close()
      await exited
    },
  }
}

/** Gathers what is asked within one tick into one message. */
const createCalls = (post: (requests: object) => void) => {
  const queries = new Map<number, Waiting<readonly SqlRow[]>>()
  const batches = new Map<number, Waiting<BatchOutcome>>()
  let pending: { queries: QueryMessage[]; batches: BatchMessage[]; close: boolean } | null = null
  let lastId = 0
  let ended: GatewayError | null = null

  const gather = () => {
    if (pending === null) {
      pending = { queries: [], batches: [], close: false }
      // After the promise jobs of this tick, which is where loaders ask.
      void Promise.resolve().then(() => process.nextTick(flush))
    }
    return pending
  }
  const flush = (): void => {
    const requests = pending
    pending = null
    if (requests !== null) post(requests)
  }
  const take = <Answer>(waiting: Map<number, Waiting<Answer>>, id: number): Waiting<Answer> => {
    const call = waiting.get(id)!
    waiting.delete(id)
    return call
  }
  const register = <Answer>(waiting: Map<number, Waiting<Answer>>, send: (id: number) => void): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (ended !== null) return reject(ended)
      lastId += 1
      waiting.set(lastId, { resolve, reject })
      send(lastId)
    })

  return {
    query: (sql: string, parameters: QueryMessage[2]) =>
      register(queries, (id) => gather().queries.push([id, sql, parameters])),
    batch: (statements: BatchMessage[1]) => register(batches, (id) => gather().batches.push([id, statements])),
    settle: (replies: Replies): void => {
      for (const [id, rows] of replies.queries) take(queries, id).resolve(rows)
      for (const [id, conflict, rows] of replies.batches) take(batches, id).resolve({ conflict, rows })
      for (const [id, fault] of replies.faults) {
        if (queries.has(id)) take(queries, id).reject(fromFault(fault))
        else take(batches, id).reject(fromFault(fault))
      }
    },
    /** What was asked before is answered; what is asked after is refused. */
    close: (): void => {
      if (ended !== null) return
      gather().close = true
      ended = new GatewayError('STORE_UNAVAILABLE', { cause: new Error('The store is closed.') })
    },
    abandon: (cause: unknown): void => {
      ended ??= new GatewayError('STORE_UNAVAILABLE', { cause })
      for (const waiting of [queries, batches]) {
        for (const { reject } of waiting.values()) reject(ended)
        waiting.clear()
      }
    },
  }
}
