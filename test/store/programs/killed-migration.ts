/** Runs the migrations on a file and dies before they are committed. Argument: the file. */
import { Migrator } from 'kysely/migration'
import { openDatabase } from '../../../src/store/embedded/database.ts'
import { createSqliteKysely, SQLITE_FLAVOR } from '../../../src/store/embedded/dialect.ts'
import { createTables } from '../../../src/store/migrations/0001-tables.ts'

const database = openDatabase(process.argv[2] ?? '', 0)
database.exec('pragma journal_mode = wal')
const migrations = {
  '0001-tables': {
    up: async (db: Parameters<typeof createTables>[0]) => {
      await createTables(db, SQLITE_FLAVOR)
      process.stdout.write('tables made\n', () => process.kill(process.pid, 'SIGKILL'))
      await new Promise(() => undefined)
    },
  },
}
await new Migrator({
  db: createSqliteKysely(database),
  provider: { getMigrations: () => Promise.resolve(migrations) },
}).migrateToLatest()
