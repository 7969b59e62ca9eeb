import { randomBytes } from 'node:crypto'
import { type Kysely, sql, type Transaction } from 'kysely'
import { createEventCursors, type EventCursors, type EventPosition, positionIn } from '../event-cursor.ts'
import { HORIZON } from '../horizon.ts'

/** Which server and which of its databases wrote the positions that are stored. */
export const WRITTEN_BY = 'log-written-by'

const POSITION_NUMBERS = 3

/**
 * Positions are transaction numbers of one server. A dump that was restored elsewhere brings rows whose numbers mean
 * nothing there: they become the oldest, in the order they had, and cursors of before are refused, so that who holds one
 * starts again from a snapshot. Webhook endpoints go on where they were. To remove the mark has the same effect.
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
    const epoch = randomBytes(8).toString('hex')
    await moveEndpoints(transaction, createEventCursors(epoch, POSITION_NUMBERS))
    await renumberEvents(transaction)
    await sql`update auth_sessions set changed_in = '0'`.execute(transaction)
    await sql`update meta set value = ${epoch} where name = 'epoch'`.execute(transaction)
    await sql`update meta set value = '0.0.0' where name = ${HORIZON}`.execute(transaction)
    await sql`delete from meta where name = ${WRITTEN_BY}`.execute(transaction)
    await sql`insert into meta (name, value) values (${WRITTEN_BY}, ${found.here})`.execute(transaction)
  })

/** Behind all numbers that were given, so that none meets another on the way. */
const renumberEvents = async (transaction: Transaction<unknown>): Promise<void> => {
  await sql`
    update events set timeline = 0, xid = '0', seq = placed.seq
    from (
      select id, row_number() over (order by timeline, xid, seq) + max(seq) over () as seq from events
    ) as placed
    where placed.id = events.id`.execute(transaction)
  await sql`select setval(pg_get_serial_sequence('events', 'seq'), max(seq)) from events having count(*) > 0`.execute(
    transaction,
  )
}

/** To behind as many events as lay before them, by the numbers that `renumberEvents` gives. */
const moveEndpoints = async (transaction: Transaction<unknown>, cursors: EventCursors): Promise<void> => {
  const { rows } = await sql<{ id: string; cursor: string }>`select id, cursor from webhook_endpoints`.execute(
    transaction,
  )
  for (const { id, cursor } of rows) {
    const position = positionIn(cursor, POSITION_NUMBERS)
    if (position === null) continue
    const to = await placeOf(transaction, position)
    await sql`update webhook_endpoints set cursor = ${cursors.write([0, 0, to])} where id = ${id}`.execute(transaction)
  }
}

const placeOf = async (transaction: Transaction<unknown>, [timeline, xid, seq]: EventPosition): Promise<number> => {
  const { rows } = await sql<{ place: string }>`
    select coalesce(max(seq), 0) + count(*) filter (where (timeline, xid, seq) <= (${timeline}, ${xid}, ${seq})) as place
    from events`.execute(transaction)
  return Number(rows[0]?.place ?? 0)
}
