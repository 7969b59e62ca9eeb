import { randomBytes } from 'node:crypto'
import { type Kysely, sql } from 'kysely'

/** Which server and which of its databases wrote the positions that are stored. */
export const WRITTEN_BY = 'log-written-by'

/**
 * Positions are transaction numbers of one server. A dump that was restored elsewhere brings rows whose numbers mean
 * nothing there: they become the oldest, in the order they were written, and cursors of before are refused, so that
 * who holds one starts again from a snapshot. To remove the mark has the same effect.
 */
export const adoptEventLog = (db: Kysely<unknown>): Promise<void> =>
  db.transaction().execute(async (transaction) => {
    await sql`lock table meta in share row exclusive mode`.execute(transaction)
    const { rows } = await sql<{ here: string; mark: string | null }>`
      select
        system_identifier || '/' || (select oid from pg_database where datname = current_database()) as here,
        (select value from meta where name = ${WRITTEN_BY}) as mark
      from pg_control_system()`.execute(transaction)
    const [found] = rows
    if (found === undefined || found.mark === found.here) return
    await sql`update events set timeline = 0, xid = '0'`.execute(transaction)
    await sql`update auth_sessions set changed_in = '0'`.execute(transaction)
    await sql`update meta set value = ${randomBytes(8).toString('hex')} where name = 'epoch'`.execute(transaction)
    await sql`delete from meta where name = ${WRITTEN_BY}`.execute(transaction)
    await sql`insert into meta (name, value) values (${WRITTEN_BY}, ${found.here})`.execute(transaction)
  })
