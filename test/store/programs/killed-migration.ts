/**
 * Brings a database up to date and dies before one of its statements; prints `done` where there are fewer. Arguments: the
 * file of SQLite or the address of PostgreSQL, and the number of the statement from 0.
 */
import { writeSync } from 'node:fs'
import { Client } from 'pg'
import { openDatabase, type SqliteDatabase } from '../../../src/store/embedded/database.ts'
import { createSqliteKysely, SQLITE_FLAVOR } from '../../../src/store/embedded/dialect.ts'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { openPostgresStore } from '../../../src/store/postgres/open-postgres-store.ts'
import { storeOptions } from '../postgres-store.ts'

const [place = '', end = '0'] = process.argv.slice(2)
let count = 0

const countStatement = (): void => {
  if (count === Number(end)) {
    process.kill(process.pid, 'SIGKILL')
    // The signal may take a moment, in which nothing more may run.
    for (;;);
  }
  count += 1
}

const migrateSqlite = async (): Promise<void> => {
  const database = openDatabase(place, { busyTimeoutMs: 0 })
  database.exec('pragma journal_mode = wal; pragma synchronous = full')
  const watched: SqliteDatabase = {
    ...database,
    exec: (sql) => {
      countStatement()
      database.exec(sql)
    },
    prepare: (sql) => {
      countStatement()
      return database.prepare(sql)
    },
  }
  await migrate(createSqliteKysely(watched), SQLITE_FLAVOR)
}

const migratePostgres = async (): Promise<void> => {
  const query = Client.prototype.query as (...given: unknown[]) => unknown
  Client.prototype.query = function counted(this: Client, ...given: unknown[]) {
    countStatement()
    return query.apply(this, given)
  } as typeof Client.prototype.query
  await (await openPostgresStore(storeOptions(place))).close()
}

await (place.startsWith('postgres:') ? migratePostgres() : migrateSqlite())
writeSync(1, 'done\n')
