import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  DummyDriver,
  Kysely,
  type LimitNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely'
import type { SqlValue } from '../engine.ts'
import type { Flavor } from '../migrations/flavor.ts'
import type { Database } from '../schema.ts'
import type { SqliteDatabase } from './database.ts'

/**
 * Kysely's own adapter takes no migration lock and says that SQLite cannot roll back table definitions, so that racing
 * starts fail and a kill inside a migration leaves a file that never opens again. SQLite can; and a transaction that
 * begins as a writer is the lock.
 */
class SafeSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/**
 * SQLite plans by the value of a limit that is a mere parameter: bound to it anew, a statement is compiled anew the next time
 * it runs, which takes longer than most reads (sqlite3_step, "the statement will be automatically recompiled";
 * https://sqlite.org/c3ref/prepare.html). It does not look into an expression.
 */
class SteadySqliteCompiler extends SqliteQueryCompiler {
  protected override visitLimit({ limit }: LimitNode): void {
    this.append('limit cast(')
    this.visitNode(limit)
    this.append(' as integer)')
  }
}

/** The database answers at once; Kysely expects promises, and rejections rather than throws. */
const soon = <Answer>(run: () => Answer): Promise<Answer> =>
  new Promise((resolve) => {
    resolve(run())
  })

const createDriver = (database: SqliteDatabase): Driver => {
  const connection: DatabaseConnection = {
    // oxlint-disable-next-line no-unnecessary-type-parameters -- the shape of Kysely's own interface
    executeQuery: <Row>({ sql: text, parameters }: CompiledQuery) =>
      soon(() => ({ rows: database.prepare(text).records(parameters as readonly SqlValue[]) as Row[] })),
    streamQuery: () => {
      throw new Error('Nothing is read in chunks.')
    },
  }
  return {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    beginTransaction: () => soon(() => database.exec('begin immediate')),
    commitTransaction: () => soon(() => database.exec('commit')),
    rollbackTransaction: () => soon(() => database.exec('rollback')),
    releaseConnection: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
  }
}

const createDialect = (driver: () => Driver): Dialect => ({
  createAdapter: () => new SafeSqliteAdapter(),
  createDriver: driver,
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SteadySqliteCompiler(),
})

/** Runs on the thread that owns the file. */
export const createSqliteKysely = (database: SqliteDatabase): Kysely<unknown> =>
  new Kysely({ dialect: createDialect(() => createDriver(database)) })

/** Compiles statements for SQLite and runs nothing. */
export const createSqliteCompiler = (): Kysely<Database> =>
  new Kysely({ dialect: createDialect(() => new DummyDriver()) })

export const SQLITE_FLAVOR: Flavor = {
  text: 'text',
  whole: 'integer',
  sequence: 'integer',
  asSequence: (column) => column.primaryKey().autoIncrement().notNull(),
  // Without it, SQLite keeps 'abc' in an integer column.
  finish: (table) => table.modifyEnd(sql`strict`),
  severalWriters: false,
}
