import { Pool } from 'pg'
import { sql } from 'kysely'
import { GatewayError } from '../../domain/errors.ts'
import type { Sealer } from '../../domain/sealing.ts'
import type { Store } from '../../domain/store.ts'
import { migrate, migrateOnlyEmpty } from '../migrations/migrate.ts'
import { createStore } from '../store.ts'
import { describeAddress, type PostgresAddress, toPatientClientConfig } from './connection.ts'
import { createPostgresKysely, POSTGRES_FLAVOR } from './dialect.ts'
import { openPostgresEngine, type PostgresEngineOptions } from './engine.ts'
import { reasonOf } from './fault.ts'
import { adoptEventLog } from './log-identity.ts'

export interface PostgresStoreOptions extends PostgresEngineOptions {
  readonly sealer: Sealer
  /** For a tool: leaves tables of another version alone. */
  readonly beside?: boolean
}

export const OLDEST_VERSION = 150_000

/**
 * For several replicas on one database. What is committed is as durable as the server's own `synchronous_commit`.
 *
 * @throws GatewayError STORE_UNAVAILABLE where the server cannot be reached or used, INTERNAL where the keys are not the
 * database's own; the message says what to do
 */
export const openPostgresStore = async ({
  sealer,
  beside = false,
  ...options
}: PostgresStoreOptions): Promise<Store> => {
  try {
    await bringUpToDate(options, beside)
    const engine = await openPostgresEngine(options)
    try {
      return await createStore(engine, sealer)
    } catch (error) {
      await engine.close()
      throw error
    }
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw new GatewayError('STORE_UNAVAILABLE', {
      message: `PostgreSQL at ${describeAddress(options.url)} cannot be used: ${reasonOf(error)}`,
      cause: error,
    })
  }
}

/** @throws whatever keeps it from a server that is new enough and tables that are up to date */
export const bringUpToDate = async (address: PostgresAddress, beside: boolean): Promise<void> => {
  const pool = new Pool({ ...toPatientClientConfig(address), max: 1 })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  const db = createPostgresKysely(pool)
  try {
    const { rows } = await sql<{ version: number; name: string }>`
      select current_setting('server_version_num')::integer as version, current_setting('server_version') as name`.execute(
      db,
    )
    const [server] = rows
    if (server === undefined || server.version < OLDEST_VERSION) {
      throw new Error(`version 15 or newer is needed, found ${server?.name ?? 'none'}.`)
    }
    if (beside) return await migrateOnlyEmpty(db, POSTGRES_FLAVOR)
    await migrate(db, POSTGRES_FLAVOR)
    await adoptEventLog(db)
  } finally {
    await db.destroy()
  }
}
