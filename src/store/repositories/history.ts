import { type Expression, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { ConsentEvent } from '../../domain/event.ts'
import type { EventSelection, Scope, Store } from '../../domain/store.ts'
import type { Engine, SqlRow } from '../engine.ts'
import type { EventCursors, EventPosition } from '../event-cursor.ts'
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

  return {
    page: async (scope, selection, first, after) => {
      checkFirst(first, MAX_EVENTS)
      const from = after === null ? cursors.start : cursors.read(after)
      if (selection.provider?.length === 0 || selection.types?.length === 0) return { rows: [], hasNextPage: false }
      const rows = await engine.query(
        toStatement(
          select(engine.sql.selectFrom('events'), scope, selection)
            .select([...columns, ...EVENT_COLUMNS])
            .where(settledAfter(from))
            .orderBy(position)
            .limit(first + 1),
        ),
      )
      const toFound = (row: SqlRow): ConsentEvent =>
        toEvent(toRow<NewEventRow>(EVENT_COLUMNS, row.slice(columns.length)), cursors.write(toPosition(row)))
      return toPage(rows.map(toFound), first)
    },
    head: async () => {
      const newestFirst = columns.map((column) => sql`${sql.ref(column)} desc`)
      const query = engine.sql
        .selectFrom('events')
        .select([...columns])
        .where(settledAfter(cursors.start))
        .orderBy(sql.join(newestFirst))
        .limit(1)
      const [row] = await engine.query(toStatement(query))
      return cursors.write(row === undefined ? cursors.start : toPosition(row))
    },
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
