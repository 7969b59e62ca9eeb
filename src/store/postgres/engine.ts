import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { Pool, type PoolClient } from 'pg'
import { GatewayError } from '../../domain/errors.ts'
import { TransientSet } from '../../domain/transient-map.ts'
import type { Engine } from '../engine.ts'
import { createChangeWatch } from './change-watch.ts'
import { type PostgresAddress, type PostgresTimeouts, toClientConfig } from './connection.ts'
import { createPostgresCompiler } from './dialect.ts'
import { isConnectionLost, toGatewayError } from './fault.ts'
import { runBatch, runRead, Undone } from './run.ts'

export interface PostgresEngineOptions extends PostgresAddress, PostgresTimeouts {
  /** Connections for statements; one more listens. */
  readonly poolSize: number
  /** How long a change that nobody was woken for may go unseen. */
  readonly nudgePollMs: number
}

const MAX_TRIES = 4
/** After this, a caller is better served by an error: deadlocks are found after a second each. */
const TRY_AGAIN_WITHIN_MS = 2_000

/** @throws GatewayError STORE_UNAVAILABLE */
export const openPostgresEngine = async (options: PostgresEngineOptions): Promise<Engine> => {
  const config = toClientConfig(options, options)
  const pool = new Pool({ ...config, max: options.poolSize })
  // A connection that ends while nobody uses it leaves the pool; while somebody does, the statement says so.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  const changes = await createChangeWatch(config, options.nudgePollMs)
  const calls = createCalls(pool)
  let closed: Promise<void> | null = null
  const query: Engine['query'] = (statement) => calls.run((client) => runRead(client, statement))

  return {
    sql: createPostgresCompiler(),
    rowLocks: true,
    eventOrder: {
      columns: ['timeline', 'xid', 'seq'],
      settled: sql`xid < pg_snapshot_xmin(pg_current_snapshot())`,
    },
    sessionStamp: { changed_in: sql`pg_current_xact_id()` },
    leaseNow: () => sql`(extract(epoch from statement_timestamp()) * 1000)::bigint`,
    changes,
    query,
    look: query,
    // To ask is as far as to read.
    state: () => null,
    batch: (statements) => calls.run((client) => runBatch(client, statements)),
    check: async () => {
      await calls.run((client) => runRead(client, { sql: 'select 1', parameters: [] }))
    },
    close: () => {
      closed ??= (async () => {
        await calls.close()
        await changes.close()
        await pool.end()
      })()
      return closed
    },
  }
}

const createCalls = (pool: Pool) => {
  const running = new TransientSet<Promise<unknown>>()
  let closing = false

  /** A client serves one call from its first statement to its last. */
  const once = async <Answer>(run: (client: PoolClient) => Promise<Answer>): Promise<Answer> => {
    const client = await pool.connect()
    let lost = false
    try {
      return await run(client)
    } catch (error) {
      lost = isConnectionLost(error instanceof Undone ? error.cause : error)
      throw error
    } finally {
      // With a transaction left open it must serve nobody else.
      client.release(lost || client.getTransactionStatus() !== 'I')
    }
  }

  const untilDone = async <Answer>(run: (client: PoolClient) => Promise<Answer>): Promise<Answer> => {
    const startedAt = performance.now()
    for (let tries = 1; ; tries += 1) {
      try {
        return await once(run)
      } catch (error) {
        if (!(error instanceof Undone)) throw toGatewayError(error)
        const isLast = tries === MAX_TRIES || performance.now() - startedAt > TRY_AGAIN_WITHIN_MS
        if (isLast) throw toGatewayError(error.cause)
        await pause(Math.random() * 10 * 2 ** tries)
      }
    }
  }

  return {
    run: <Answer>(run: (client: PoolClient) => Promise<Answer>): Promise<Answer> => {
      if (closing) {
        return Promise.reject(new GatewayError('STORE_UNAVAILABLE', { cause: new Error('The store is closed.') }))
      }
      const call = untilDone(run)
      running.add(call)
      const forget = (): void => void running.delete(call)
      call.then(forget, forget)
      return call
    },
    /** What was asked before is answered; what is asked after is refused. */
    close: async (): Promise<void> => {
      closing = true
      await Promise.allSettled(running.values())
    },
  }
}
