import { type Kysely, sql } from 'kysely'
import type { Flavor } from './flavor.ts'

/** Token buckets that are not full. */
export const createRateLimits = async (db: Kysely<unknown>, { text, whole, finish }: Flavor): Promise<void> => {
  await finish(
    db.schema
      .createTable('rate_buckets')
      .addColumn('bucket', text, (column) => column.primaryKey().notNull())
      .addColumn('full_at', whole, (column) => column.notNull()),
  ).execute()
  await sql`create index rate_buckets_by_end on rate_buckets (full_at)`.execute(db)
}
