import { sql } from 'kysely'
import { GatewayError } from '../../domain/errors.ts'
import { TransientMap } from '../../domain/transient-map.ts'
import type { BatchOutcome, Engine, SqlRow, Statement, WriteStatement } from '../engine.ts'
import { createLocalChanges } from '../nudges.ts'
import { createSqliteCompiler } from './dialect.ts'
import { fromFault } from './fault.ts'
import type { BatchMessage, EmbeddedLocation, QueryMessage, Replies, Requests } from './protocol.ts'
import { openReader, type Reader } from './reader.ts'
import { startStoreThread, type StoreThread } from './store-thread.ts'
import { createWriteProof } from './write-proof.ts'

/** @throws GatewayError STORE_UNAVAILABLE: the directory is in use, damaged, or cannot be written */
export const openEmbeddedEngine = (location: EmbeddedLocation): Promise<Engine> =>
  createEmbeddedEngine(startStoreThread(location), location.directory)

/** As `openEmbeddedEngine`, on a thread that has begun to open the file. */
export const createEmbeddedEngine = async (thread: StoreThread, directory: string): Promise<Engine> => {
  let reader: Reader | null = null
  const calls = createCalls((requests) => {
    if (requests.batches.length > 0) reader?.standAside()
    thread.post(requests)
  })
  thread.onReplies((replies) => {
    // Whoever is answered may read what it wrote, in this very turn.
    reader?.renew()
    calls.settle(replies)
  })
  thread.onEnd((cause) => {
    reader?.close()
    calls.abandon(cause)
  })
  await thread.opened
  reader = openReader(directory)
  const proof = createWriteProof(calls.batch)

  return {
    sql: createSqliteCompiler(),
    rowLocks: false,
    // One writer: what is written later is committed later.
    eventOrder: { columns: ['seq'], settled: null },
    sessionStamp: null,
    leaseNow: () => sql.val(Date.now()),
    changes: createLocalChanges(),
    query: calls.query,
    look: async (statement) => reader?.read(statement) ?? (await calls.query(statement)),
    state: () => reader?.state() ?? null,
    batch: proof.batch,
    check: async () => {
      await calls.query({ sql: 'select 1', parameters: [] })
      await proof.prove()
    },
    close: async () => {
      reader?.close()
      calls.close()
      await thread.exited
    },
  }
}

interface Waiting {
  readonly resolve: (outcome: BatchOutcome) => void
  readonly reject: (error: GatewayError) => void
}

/**
 * Gathers what is asked within one tick, and while the thread works on what was asked before, into one message: what the thread commits
 * together costs one `fsync`, and whatever else came meanwhile waits for that one in any case.
 */
const createCalls = (post: (requests: Requests) => void) => {
  const calls = new TransientMap<number, Waiting>()
  let gathered: { queries: QueryMessage[]; batches: BatchMessage[]; close: boolean } | null = null
  let lastId = 0
  let ended: GatewayError | null = null
  /** The thread has not answered the last message yet. */
  let posted = false

  const flush = (): void => {
    const requests = gathered
    if (requests === null || posted) return
    gathered = null
    posted = true
    post(requests)
  }
  const gather = () => {
    if (gathered === null) {
      gathered = { queries: [], batches: [], close: false }
      // After the promise jobs of this tick, which is where loaders ask.
      if (!posted) queueMicrotask(() => process.nextTick(flush))
    }
    return gathered
  }
  const call = (send: (id: number) => void): Promise<BatchOutcome> =>
    new Promise((resolve, reject) => {
      if (ended !== null) return reject(ended)
      lastId += 1
      calls.set(lastId, { resolve, reject })
      send(lastId)
    })
  const take = (id: number): Waiting | undefined => {
    const waiting = calls.get(id)
    calls.delete(id)
    return waiting
  }

  return {
    query: async ({ sql, parameters }: Statement): Promise<readonly SqlRow[]> =>
      (await call((id) => gather().queries.push([id, sql, parameters]))).rows,
    batch: (statements: readonly WriteStatement[]): Promise<BatchOutcome> =>
      call((id) =>
        gather().batches.push([id, statements.map(({ sql, parameters, affects }) => [sql, parameters, affects])]),
      ),
    settle: ({ answers, refusals }: Replies): void => {
      posted = false
      // At once: whoever is answered now asks later.
      flush()
      for (const [id, conflict, rows] of answers) take(id)?.resolve({ conflict, rows })
      for (const [id, fault] of refusals) take(id)?.reject(fromFault(fault))
    },
    /** What was asked before is answered; what is asked after is refused. */
    close: (): void => {
      if (ended !== null) return
      gather().close = true
      ended = new GatewayError('STORE_UNAVAILABLE', { cause: new Error('The store is closed.') })
    },
    abandon: (cause: unknown): void => {
      ended ??= new GatewayError('STORE_UNAVAILABLE', { cause })
      for (const { reject } of calls.values()) reject(ended)
      calls.clear()
    },
  }
}
