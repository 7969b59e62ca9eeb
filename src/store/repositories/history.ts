import { type Expression, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import { GatewayError } from '../../domain/errors.ts'
import type { ConsentEvent, EventCursor } from '../../domain/event.ts'
import type { EventSelection, Page, Scope, Store } from '../../domain/store.ts'
import type { Engine, SqlRow } from '../engine.ts'
import type { EventCursors, EventPosition } from '../event-cursor.ts'
import { horizonText, readHorizon, toHorizon } from '../horizon.ts'
import { checkFirst, toPage } from '../paging.ts'
import { EVENT_COLUMNS, type NewEventRow, OBSERVATION_COLUMNS, toEvent, toObservation } from '../rows/history-rows.ts'
import { toRow } from '../rows/row.ts'
import type { Database, ObservationTable } from '../schema.ts'
import { ownerOf, sightOf, visible } from '../scope.ts'
import { readRows, toStatement } from './read.ts'

const MAX_EVENTS = 1_000

export const createObservationReads = (engine: Engine): Store['observations'] => ({
  page: async (scope, consentId, first, afterPosition) => {
    const rows = await readRows<ObservationTable>(
      engine,
      OBSERVATION_COLUMNS,
      toStatement(
        engine.sql
          .selectFrom('observations')
          .innerJoin('consents', 'consents.id', 'observations.consent_id')
          .select(OBSERVATION_COLUMNS.map((column) => `observations.${column}` as const))
          .where('observations.consent_id', '=', consentId)
          .where(visible(sightOf(scope), ownerOf(scope), 'consents'))
          .where('observations.position', '>', afterPosition ?? 0)
          .orderBy('observations.position')
          .limit(checkFirst(first) + 1),
      ),
    )
    return toPage(rows.map(toObservation), first)
  },
})

export const createEventReads = (engine: Engine, cursors: EventCursors): Store['events'] => {
  const { columns, settled } = engine.eventOrder
  const position = sql.join(columns.map((column) => sql.ref(column)))
  const isAfter = (values: EventPosition) => sql<SqlBool>`(${position}) > (${sql.join(values)})`
  const settledAfter = (values: EventPosition): Expression<SqlBool> =>
    settled === null ? isAfter(values) : sql<SqlBool>`${isAfter(values)} and ${settled}`
  const toPosition = (row: SqlRow): EventPosition => row.slice(0, columns.length).map(Number)

  const read = async (
    scope: Scope,
    selection: EventSelection,
    first: number,
    from: EventPosition,
  ): Promise<{ readonly page: Page<ConsentEvent>; readonly horizon: EventPosition }> => {
    const rows = await engine.query(
      toStatement(
        select(engine.sql.selectFrom('events'), scope, selection)
          .select([...columns, ...EVENT_COLUMNS, horizonText.as('horizon')])
          .where(settledAfter(from))
          .orderBy(position)
          .limit(first + 1),
      ),
    )
    const toFound = (row: SqlRow): ConsentEvent =>
      toEvent(toRow<NewEventRow>(EVENT_COLUMNS, row.slice(columns.length)), cursors.write(toPosition(row)))
    // Where nothing was found, the horizon is looked at after it: it only moves forward.
    const horizon = rows[0] === undefined ? await readHorizon(engine) : toHorizon(engine, rows[0].at(-1))
    return { page: toPage(rows.map(toFound), first), horizon: horizon.position }
  }

  const head = async (): Promise<EventCursor> => {
    const newestFirst = columns.map((column) => sql`${sql.ref(column)} desc`)
    const query = engine.sql
      .selectFrom('events')
      .select([...columns])
      .where(settledAfter(cursors.start))
      .orderBy(sql.join(newestFirst))
      .limit(1)
    const [row] = await engine.query(toStatement(query))
    return cursors.write(row === undefined ? (await readHorizon(engine)).position : toPosition(row))
  }

  return {
    page: async (scope, selection, first, after) => {
      checkFirst(first, MAX_EVENTS)
      const from = after === null ? cursors.start : cursors.read(after)
      if (selection.provider?.length === 0 || selection.types?.length === 0) return { rows: [], hasNextPage: false }
      const { page, horizon } = await read(scope, selection, first, from)
      if (after === null || cursors.compare(from, horizon) >= 0) return page
      throw new GatewayError('CURSOR_EXPIRED', { path: ['after'], resumeFrom: await head() })
    },
    untaken: async ({ clientId, cursor }, first) => {
      checkFirst(first, MAX_EVENTS)
      return (await read({ clientId, userId: null }, {}, first, cursors.read(cursor))).page
    },
    head,
    compare: (a, b) => cursors.compare(cursors.read(a), cursors.read(b)),
  }
}

const select = <Selected>(
  query: SelectQueryBuilder<Database, 'events', Selected>,
  scope: Scope,
  { userId, consentId, provider, types }: EventSelection,
): SelectQueryBuilder<Database, 'events', Selected> => {
  let selected = query.where(visible(sightOf(scope), ownerOf(scope), 'events'))
  if (userId !== undefined) selected = selected.where('user_id', '=', userId)
  if (consentId !== undefined) selected = selected.where('consent_id', '=', consentId)
  if (provider !== undefined) selected = selected.where('provider', 'in', [...new Set(provider)])
  if (types !== undefined) selected = selected.where('type', 'in', [...new Set(types)])
  return selected
}
