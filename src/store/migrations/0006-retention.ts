import { type Kysely, sql } from 'kysely'
import type { Flavor } from './flavor.ts'

/** Where the event log begins, and what finds the rows that have been kept for long enough. */
export const beginRetention = async (db: Kysely<unknown>, { severalWriters }: Flavor): Promise<void> => {
  const start = severalWriters ? '0.0.0' : '0'
  await sql`insert into meta (name, value) values ('event-horizon', ${sql.lit(start)})`.execute(db)
  await sql`create index idempotency_by_age on idempotency (created_at)`.execute(db)
  await sql`create index webhook_deliveries_by_time on webhook_deliveries (created_at)`.execute(db)
  await sql`create index webhook_endpoints_deleted on webhook_endpoints (deleted_at) where deleted_at is not null`.execute(
    db,
  )
  await sql`create index auth_sessions_to_empty on auth_sessions (updated_at) where state <> ''`.execute(db)
}
