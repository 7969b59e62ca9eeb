/**
 * Loaded with `node --import`: gives the database only so many pages more as the file that SMALL_DISK names says. Empty
 * means no bound. It is SQLite's own refusal that follows, as on a disk that is full.
 */
import { readFileSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'

const controlFile = process.env['SMALL_DISK'] ?? ''
const NO_BOUND = 4_294_967_294

const bounds = new WeakMap<DatabaseSync, string>()

/** Once for each change of the file: pages that were taken since count. */
const bind = (database: DatabaseSync): void => {
  const bound = readFileSync(controlFile, 'utf8').trim()
  if (bound === (bounds.get(database) ?? '')) return
  bounds.set(database, bound)
  const { page_count: pages } = database.prepare('pragma page_count').get() as { page_count: number }
  database.exec(`pragma max_page_count = ${bound === '' ? NO_BOUND : pages + Number(bound)}`)
}

// oxlint-disable-next-line unbound-method -- called with its own database below
const { prepare } = DatabaseSync.prototype

DatabaseSync.prototype.prepare = function prepareWatched(this: DatabaseSync, ...given): StatementSync {
  const statement = prepare.apply(this, given)
  // The store prepares this once and runs it before each group of writes.
  if (given[0] === 'begin immediate') {
    const run = statement.run.bind(statement)
    statement.run = (...parameters: never[]) => {
      bind(this)
      return run(...parameters)
    }
  }
  return statement
}
