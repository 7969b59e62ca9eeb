import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { GatewayError } from '../../domain/errors.ts'
import { openDatabase, primaryCode, type SqliteDatabase } from './database.ts'
import { DATABASE_FILE, LOCK_FILE, OLDEST_NODE, OLDEST_SQLITE } from './files.ts'
import type { EmbeddedLocation } from './protocol.ts'
import { bringUpToDate } from './tables.ts'

/** For the short reads of a backup, and the short writes of a tool or the gateway beside it. */
const BUSY_TIMEOUT_MS = 5_000

/** `secure_delete`: what is erased is overwritten, so that no name survives in a free part of the file. */
const PRAGMAS = 'pragma synchronous = full; pragma mmap_size = 0; pragma secure_delete = on'

/**
 * Of a batch of more than some pages SQLite would keep what they were in a file elsewhere, where nothing overwrites it, for the case
 * that the batch is taken back. To make such a file for each takes longer than to change the pages. Not before the tables are
 * up to date: to index a large one takes more memory than there may be.
 */
const NO_FILES_ELSEWHERE = 'pragma temp_store = memory'

const SQLITE_BUSY = 5
/** CORRUPT and NOTADB. */
const DAMAGED: ReadonlySet<number> = new Set([11, 26])

export interface OpenFile {
  readonly database: SqliteDatabase
  close(): void
}

/** @throws GatewayError STORE_UNAVAILABLE, with a message that says what to do */
export const openFile = async ({ directory, lockWaitMs, beside = false }: EmbeddedLocation): Promise<OpenFile> => {
  requireVersion('Node', process.versions.node, OLDEST_NODE)
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const file = join(directory, DATABASE_FILE)
    const lock = lockDirectory(directory, beside ? 0 : lockWaitMs)
    if (lock === null) {
      if (beside) return await openBeside(file)
      throw inUse(directory)
    }
    try {
      const database = await openUpToDate(file, beside)
      return {
        database,
        close: () => {
          checkpoint(database)
          database.close()
          lock.close()
        },
      }
    } catch (error) {
      lock.close()
      throw error
    }
  } catch (error) {
    throw error instanceof GatewayError ? error : notOpened(directory, error)
  }
}

/** The caller holds the directory's lock. */
const openUpToDate = async (file: string, onlyEmpty: boolean): Promise<SqliteDatabase> => {
  const stoppedUncleanly = hasBytes(`${file}-wal`)
  const database = openDatabase(file, { busyTimeoutMs: BUSY_TIMEOUT_MS })
  try {
    // Before anything is written. The log and its index take the database's own mode.
    chmodSync(file, 0o600)
    requireVersion('SQLite', String(scalar(database, 'select sqlite_version()')), OLDEST_SQLITE)
    database.exec('pragma journal_mode = wal')
    database.exec(PRAGMAS)
    if (stoppedUncleanly) requireIntact(database, file)
    await bringUpToDate(database, onlyEmpty)
    database.exec(NO_FILES_ELSEWHERE)
    // Whoever held a lease died with the process that had this file.
    database.exec('update jobs set lease_until = null where lease_until is not null')
    return database
  } catch (error) {
    database.close()
    throw DAMAGED.has(primaryCode(error)) ? damaged(file, error) : error
  }
}

/**
 * Another process owns the directory: it looks after leases, the journal and the tables. What is committed here nudges nobody
 * there: it finds events within a second, by itself, and changed sessions not at all.
 */
const openBeside = async (file: string): Promise<OpenFile> => {
  const database = openDatabase(file, { busyTimeoutMs: BUSY_TIMEOUT_MS })
  try {
    requireVersion('SQLite', String(scalar(database, 'select sqlite_version()')), OLDEST_SQLITE)
    database.exec(PRAGMAS)
    await bringUpToDate(database, true)
    database.exec(NO_FILES_ELSEWHERE)
    return { database, close: () => database.close() }
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * One owner per directory: SQLite would let several in, but leases and nudges count on one, which tools only visit. Null
 * where there is an owner. The lock is the operating system's and ends with the process, however it ends. Never open these files with
 * anything but SQLite inside this process: closing any handle to a file drops all of the process's locks on it.
 */
const lockDirectory = (directory: string, waitMs: number): SqliteDatabase | null => {
  const file = join(directory, LOCK_FILE)
  const lock = openDatabase(file, { busyTimeoutMs: waitMs })
  try {
    chmodSync(file, 0o600)
    // Nothing is ever written to it; a journal on disk would be one more file.
    lock.exec('pragma journal_mode = memory; begin exclusive')
    return lock
  } catch (error) {
    lock.close()
    if (primaryCode(error) !== SQLITE_BUSY) throw error
    return null
  }
}

const inUse = (directory: string): GatewayError =>
  new GatewayError('STORE_UNAVAILABLE', {
    message: `Another process is using ${directory}. Stop it, or set CONSENTGRAPH_DATA_DIR to a directory of its own; several processes need DATABASE_URL.`,
  })

/** Moves the log into the database even while a backup reads it, where closing alone would leave it. */
const checkpoint = (database: SqliteDatabase): void => {
  try {
    database.exec('pragma wal_checkpoint(truncate)')
  } catch {
    // What was acknowledged is safe in the log; the next start moves it.
  }
}

const requireIntact = (database: SqliteDatabase, file: string): void => {
  const found = scalar(database, 'pragma quick_check(1)')
  if (found !== 'ok') throw damaged(file, new Error(String(found)))
}

const damaged = (file: string, cause: unknown): GatewayError =>
  new GatewayError('STORE_UNAVAILABLE', {
    message: `${file} is damaged. Restore its directory from a backup; do not go on with this one.`,
    cause,
  })

const notOpened = (directory: string, cause: unknown): GatewayError =>
  new GatewayError('STORE_UNAVAILABLE', {
    message: `The store in ${directory} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`,
    cause,
  })

const requireVersion = (what: string, found: string, oldest: readonly [number, number, number]): void => {
  const [major = 0, minor = 0, patch = 0] = found.split('.').map(Number)
  const [oldestMajor, oldestMinor, oldestPatch] = oldest
  if ((major - oldestMajor || minor - oldestMinor || patch - oldestPatch) >= 0) return
  throw new GatewayError('STORE_UNAVAILABLE', {
    message: `The embedded store needs ${what} ${oldest.join('.')} or newer, found ${found}.`,
  })
}

const scalar = (database: SqliteDatabase, sql: string): unknown => database.prepare(sql).all([])[0]?.[0]

const hasBytes = (file: string): boolean => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0
