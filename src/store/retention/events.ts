import { type Expression, type SqlBool, sql } from 'kysely'
import type { EventCursor } from '../../domain/event.ts'
import type { WebhookEndpointId } from '../../domain/ids.ts'
import type { Retention } from '../../domain/retention.ts'
import type { Engine, SqlRow } from '../engine.ts'
import type { EventCursors, EventPosition } from '../event-cursor.ts'
import { moveHorizon, readHorizon } from '../horizon.ts'
import { createKeyRead, toStatement } from '../repositories/read.ts'
import { columnsOf, word } from '../rows/row.ts'
import type { WebhookEndpointTable } from '../schema.ts'

interface OldEvent {
  readonly position: EventPosition
  readonly at: number
  readonly clientId: string
}

type EndpointPlace = Pick<WebhookEndpointTable, 'client_id' | 'id' | 'cursor'>

const PLACE_COLUMNS = columnsOf<EndpointPlace>({ client_id: true, id: true, cursor: true })

interface Reader {
  readonly id: WebhookEndpointId
  readonly cursor: EventPosition
}

export const createEventRetention = (engine: Engine, cursors: EventCursors): Retention['events'] => {
  const { columns, settled } = engine.eventOrder
  const position = sql.join(columns.map((column) => sql.ref(column)))
  const isAfter = (values: EventPosition): Expression<SqlBool> => sql<SqlBool>`(${position}) > (${sql.join(values)})`
  const isUpTo = (values: EventPosition): Expression<SqlBool> => sql<SqlBool>`(${position}) <= (${sql.join(values)})`

  const toOldEvent = (row: SqlRow): OldEvent => ({
    position: row.slice(0, columns.length).map(Number),
    at: Number(row[columns.length]),
    clientId: String(row[columns.length + 1]),
  })

  const oldestEvents = async (horizon: EventPosition, most: number): Promise<readonly OldEvent[]> => {
    let query = engine.sql
      .selectFrom('events')
      .select([...columns, 'at', 'client_id'])
      .where(isAfter(horizon))
      .orderBy(position)
      .limit(most)
    // Before what is settled, another may still come.
    if (settled !== null) query = query.where(settled)
    return (await engine.query(toStatement(query))).map(toOldEvent)
  }

  const readActive = createKeyRead<EndpointPlace>(engine, PLACE_COLUMNS, (clients) =>
    engine.sql
      .selectFrom('webhook_endpoints')
      .select(PLACE_COLUMNS)
      .where('client_id', 'in', clients)
      .where('enabled', '=', 1)
      .where('deleted_at', 'is', null),
  )

  /** By client. */
  const readersOf = async (events: readonly OldEvent[]): Promise<ReadonlyMap<string, readonly Reader[]>> => {
    const rows = await readActive(
      'SYSTEM',
      events.map(({ clientId }) => clientId),
      {},
    )
    const readers = rows.map(({ client_id, id, cursor }) => ({
      clientId: client_id,
      id: word<WebhookEndpointId>(id),
      cursor: cursors.read(cursor as EventCursor),
    }))
    return Map.groupBy(readers, ({ clientId }) => clientId)
  }

  return async (before, most) => {
    const horizon = await readHorizon(engine)
    const found = await oldestEvents(horizon.position, most)
    const young = found.findIndex(({ at }) => at >= before.getTime())
    const old = young === -1 ? found : found.slice(0, young)
    if (old.length === 0) return { removed: 0, more: false, heldBy: null }
    const readers = await readersOf(old)
    const waitingFor = ({ position: at, clientId }: OldEvent): Reader | undefined =>
      readers.get(clientId)?.find(({ cursor }) => cursors.compare(cursor, at) < 0)
    // An endpoint that is switched on later begins after all of these.
    const held = old.findIndex((event) => waitingFor(event) !== undefined)
    const free = held === -1 ? old : old.slice(0, held)
    const holder = old[held]
    const heldBy = holder === undefined ? null : (waitingFor(holder)?.id ?? null)
    const last = free.at(-1)
    if (last === undefined) return { removed: 0, more: false, heldBy }
    const remove = engine.sql.deleteFrom('events').where(isAfter(horizon.position)).where(isUpTo(last.position))
    const { conflict } = await engine.batch([
      moveHorizon(engine, horizon, last.position),
      { ...toStatement(remove), affects: free.length },
    ])
    if (conflict !== null) return { removed: 0, more: false, heldBy: null }
    return { removed: free.length, more: heldBy === null && found.length === most && young === -1, heldBy }
  }
}
