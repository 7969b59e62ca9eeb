import { join } from 'node:path'
import type { SqlRow, Statement } from '../engine.ts'
import { openDatabase } from './database.ts'
import { DATABASE_FILE } from './files.ts'
import { createStatementCache } from './statement-cache.ts'

/** A connection of the event loop's own, beside that of the thread that writes. */
export interface Reader {
  /**
   * What is committed and durable by now: SQLite shows a commit to others only once its log is forced. Null where it cannot be
   * told at once, whatever the reason: the thread that owns the file has the time to wait and the words for a fault.
   */
  read(statement: Statement): readonly SqlRow[] | null
  /** As `Engine.state`. */
  state(): number | null
  /** A commit is under way: until `renew`, each read is by itself, since SQLite empties its log only while nobody reads it. */
  standAside(): void
  /** What is read from here on is as new as what was acknowledged before. */
  renew(): void
  /** Before the owner lets go of the file: who closes last leaves one file. */
  close(): void
}

/**
 * What is read in one turn of the loop is read in one transaction, at one state of the file: to begin and end one takes as long as a
 * read by key.
 *
 * For a file that its owner has opened, so that there is neither a journal to recover nor a table to make.
 */
export const openReader = (directory: string): Reader => {
  // No wait for a lock: the event loop has none of its own to give.
  const database = openDatabase(join(directory, DATABASE_FILE), { busyTimeoutMs: 0, readOnly: true })
  database.exec('pragma mmap_size = 0')
  const prepared = createStatementCache(database)
  const begin = database.prepare('begin')
  const end = database.prepare('commit')
  // Another number after each commit of any other connection, in whichever process: https://sqlite.org/pragma.html#pragma_data_version
  const version = database.prepare('pragma data_version')
  let isOpen = true
  let hasBegun = false
  let standsAside = false

  /** Asked once in a transaction, which shows one state of the file. */
  let versionOfTurn: number | null = null

  const enter = (): void => {
    if (hasBegun || standsAside) return
    begin.run([])
    hasBegun = true
    setImmediate(finish)
  }
  const finish = (): void => {
    if (!hasBegun) return
    hasBegun = false
    versionOfTurn = null
    try {
      end.run([])
    } catch {
      // A fault of the disk has ended it already, or ends whatever comes next.
    }
  }

  return {
    read: ({ sql, parameters }) => {
      if (!isOpen) return null
      try {
        enter()
        return prepared(sql).all(parameters)
      } catch {
        // Said again, with its cause, by whoever is asked next.
        return null
      }
    },
    state: () => {
      if (!isOpen) return null
      if (versionOfTurn !== null) return versionOfTurn
      try {
        enter()
        const now = Number(version.all([])[0]?.[0])
        if (hasBegun) versionOfTurn = now
        return now
      } catch {
        return null
      }
    },
    standAside: () => {
      standsAside = true
      finish()
    },
    renew: () => {
      standsAside = false
      finish()
    },
    close: () => {
      finish()
      if (isOpen) database.close()
      isOpen = false
    },
  }
}
