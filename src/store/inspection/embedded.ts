import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { GatewayError } from '../../domain/errors.ts'
import type { Sealer } from '../../domain/sealing.ts'
import { openDatabase, primaryCode, type SqliteDatabase } from '../embedded/database.ts'
import { createSqliteCompiler } from '../embedded/dialect.ts'
import { DATABASE_FILE, LOCK_FILE } from '../embedded/files.ts'
import { OLDEST_SQLITE } from '../embedded/files.ts'
import type { ReadEngine } from '../engine.ts'
import { readStore, type StoreReading } from './reading.ts'

export interface EmbeddedInspection {
  /** Does a process own the directory now? */
  readonly isOwned: boolean
  /** Whoever owned it last was killed: the next start looks for damage. */
  readonly stoppedUncleanly: boolean
  readonly engine: { readonly version: string; readonly isSupported: boolean }
  /** Null where there is no database yet. */
  readonly reading: StoreReading | null
}

/** A reader waits for nobody but who recovers the log of a process that was killed. */
const BUSY_TIMEOUT_MS = 1_000
const SQLITE_BUSY = 5

/** Takes a reader's lock for the moment of the question: an owner that starts meanwhile waits longer than that. */
const isOwned = (directory: string): boolean => {
  const file = join(directory, LOCK_FILE)
  if (!existsSync(file)) return false
  const lock = openDatabase(file, { busyTimeoutMs: 0, readOnly: true })
  try {
    lock.prepare('select 1 from sqlite_schema').all([])
    return false
  } catch (error) {
    if (primaryCode(error) === SQLITE_BUSY) return true
    throw error
  } finally {
    lock.close()
  }
}

/** Nobody has it open: it is read as it lies there, so that no log and no index of another owner is left beside it. */
const openForReading = (file: string, hasLog: boolean): SqliteDatabase => {
  const url = pathToFileURL(file)
  if (!hasLog) url.search = '?immutable=1'
  return openDatabase(url, { busyTimeoutMs: BUSY_TIMEOUT_MS, readOnly: true })
}

const toReadEngine = (database: SqliteDatabase): ReadEngine => ({
  sql: createSqliteCompiler(),
  query: ({ sql, parameters }) => Promise.resolve(database.prepare(sql).all(parameters)),
})

const first = (database: SqliteDatabase, sql: string): unknown => database.prepare(sql).all([])[0]?.[0]

const toNumber = (version: string): number => version.split('.').reduce((sum, part) => sum * 1_000 + Number(part), 0)

const engineOf = (database: SqliteDatabase): EmbeddedInspection['engine'] => {
  const version = String(first(database, 'select sqlite_version()'))
  return { version, isSupported: toNumber(version) >= toNumber(OLDEST_SQLITE.join('.')) }
}

const readFile = async (file: string, hasLog: boolean, sealer: Sealer | null): Promise<StoreReading> => {
  const database = openForReading(file, hasLog)
  try {
    const hasTables = first(database, `select 1 from sqlite_schema where name = 'kysely_migration'`) === 1
    return await readStore(toReadEngine(database), hasTables, sealer)
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw new GatewayError('STORE_UNAVAILABLE', {
      message: `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      cause: error,
    })
  } finally {
    database.close()
  }
}

/**
 * Reads, beside its owner or without one. Leaves the directory as it is.
 *
 * @throws GatewayError STORE_UNAVAILABLE where there is a database that cannot be read
 */
export const inspectEmbeddedStore = async (directory: string, sealer: Sealer | null): Promise<EmbeddedInspection> => {
  const file = join(directory, DATABASE_FILE)
  const owned = isOwned(directory)
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false })
  const memory = openDatabase(':memory:', { busyTimeoutMs: 0 })
  try {
    return {
      isOwned: owned,
      stoppedUncleanly: !owned && (log?.size ?? 0) > 0,
      engine: engineOf(memory),
      reading: existsSync(file) ? await readFile(file, owned || log !== undefined, sealer) : null,
    }
  } finally {
    memory.close()
  }
}
