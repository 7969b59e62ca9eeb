import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresDialect,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely'
import type { Pool } from 'pg'
import type { Flavor } from '../migrations/flavor.ts'
import type { Database } from '../schema.ts'

/** Compiles statements for PostgreSQL and runs nothing. */
export const createPostgresCompiler = (): Kysely<Database> =>
  new Kysely({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  })

/** For migrations only. To destroy it ends the pool. */
export const createPostgresKysely = (pool: Pool): Kysely<unknown> =>
  new Kysely({ dialect: new PostgresDialect({ pool }) })

export const POSTGRES_FLAVOR: Flavor = {
  // An upgrade of the server's language rules reorders text, and an index built by the old ones then misses rows.
  text: sql`text collate "C"`,
  whole: 'bigint',
  sequence: 'bigserial',
  asSequence: (column) => column.primaryKey().notNull(),
  finish: (table) => table,
  severalWriters: true,
}
