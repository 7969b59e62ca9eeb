import { type Kysely, sql } from 'kysely'
import type { Flavor } from './flavor.ts'

/** Of the server that writes; fails on one that only follows. */
export const TIMELINE = `('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer`

/**
 * With several writers at once, `seq` says in which order events were written and not in which they appeared: a reader
 * that remembers the last one would skip what a slower transaction wrote before it. The transaction's own number is the
 * order, below the oldest transaction that still runs. The timeline comes first, since a server that takes over from
 * another counts on from the transactions that had reached it, and gives the numbers of lost ones again.
 */
export const orderByCommit = async (db: Kysely<unknown>, { severalWriters }: Flavor): Promise<void> => {
  if (!severalWriters) return
  await sql`alter table events
    add column timeline integer not null
      default ${sql.raw(TIMELINE)},
    add column xid xid8 not null default pg_current_xact_id()`.execute(db)
  await sql`create unique index events_by_commit on events (timeline, xid, seq)`.execute(db)
  for (const [name, column] of [
    ['events_by_client', 'client_id'],
    ['events_by_user', 'user_id'],
    ['events_by_consent', 'consent_id'],
  ] as const) {
    await sql`drop index ${sql.ref(name)}`.execute(db)
    await sql`create index ${sql.ref(name)} on events (${sql.ref(column)}, timeline, xid, seq)`.execute(db)
  }
  await sql`alter table auth_sessions add column changed_in xid8 not null default pg_current_xact_id()`.execute(db)
  await sql`create index auth_sessions_by_change on auth_sessions (changed_in)`.execute(db)
}
