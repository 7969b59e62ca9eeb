import type { SelectQueryBuilder } from 'kysely'
import type { EventSelection, Scope, Store } from '../../domain/store.ts'
import type { Engine } from '../engine.ts'
import type { EventCursors } from '../event-cursor.ts'
import { checkFirst, toPage } from '../paging.ts'
import { EVENT_COLUMNS, OBSERVATION_COLUMNS, toEvent, toObservation } from '../rows/history-rows.ts'
import type { Database, EventTable, ObservationTable } from '../schema.ts'
import { ownerOf, sightOf, visible } from '../scope.ts'
import { readNumber, readRows, toStatement } from './read.ts'

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

export const createEventReads = (engine: Engine, cursors: EventCursors): Store['events'] => ({
  page: async (scope, selection, first, after) => {
    checkFirst(first, MAX_EVENTS)
    const seq = after === null ? 0 : cursors.read(after)
    if (selection.provider?.length === 0 || selection.types?.length === 0) return { rows: [], hasNextPage: false }
    const rows = await readRows<EventTable>(
      engine,
      EVENT_COLUMNS,
      toStatement(
        select(engine.sql.selectFrom('events'), scope, selection)
          .select(EVENT_COLUMNS)
          .where('seq', '>', seq)
          .orderBy('seq')
          .limit(first + 1),
      ),
    )
    return toPage(
      rows.map((row) => toEvent(row, cursors.write(row.seq))),
      first,
    )
  },
  head: async () =>
    cursors.write(
      await readNumber(
        engine,
        toStatement(engine.sql.selectFrom('events').select(({ fn }) => fn.max('seq').as('seq'))),
      ),
    ),
  compare: (a, b) => cursors.read(a) - cursors.read(b),
})

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
