import { type Expression, type SqlBool, sql } from 'kysely'
import { GatewayError } from '../../domain/errors.ts'
import type { ConsentEvent, EventCursor } from '../../domain/event.ts'
import type { EventSelection, Page, Scope, Store } from '../../domain/store.ts'
import type { Engine, SqlRow, Statement } from '../engine.ts'
import type { EventCursors, EventPosition } from '../event-cursor.ts'
import { horizonText, readHorizon, toHorizon } from '../horizon.ts'
import { checkFirst, toPage } from '../paging.ts'
import { prepareShapes } from '../prepared.ts'
import { EVENT_COLUMNS, type NewEventRow, OBSERVATION_COLUMNS, toEvent, toObservation } from '../rows/history-rows.ts'
import { toRow } from '../rows/row.ts'
import type { ObservationTable } from '../schema.ts'
import { type Owner, ownerOf, type Sight, sightOf, visible } from '../scope.ts'
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

  const eventsAfter = prepareShapes((input: EventInput, sight: Sight, ...chosen: Chosen) =>
    select(engine.sql, input, sight, chosen)
      .select([...columns, ...EVENT_COLUMNS, horizonText.as('horizon')])
      .where(settledAfter(columns.map((column) => numberAt(input, `after ${column}`))))
      .orderBy(position)
      .limit(numberAt(input, 'limit')),
  )
  const statement = (scope: Scope, selection: EventSelection, limit: number, from: EventPosition): Statement => {
    const after = Object.fromEntries(columns.map((column, index) => [`after ${column}`, from[index] ?? 0]))
    const { input, chosen } = toChosen(selection)
    return eventsAfter({ ...ownerOf(scope), ...input, ...after, limit }, sightOf(scope), ...chosen)
  }

  const read = async (
    scope: Scope,
    selection: EventSelection,
    first: number,
    from: EventPosition,
  ): Promise<{ readonly page: Page<ConsentEvent>; readonly horizon: EventPosition }> => {
    const rows = await engine.query(statement(scope, selection, first + 1, from))
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

/** By the names of their slots. */
type EventInput = Owner & Readonly<Record<string, string | number>>

/** How many values are chosen of each column; none of it more than there are words for. */
type Chosen = readonly [users: number, consents: number, providers: number, types: number]

const CHOSEN_COLUMNS = ['user_id', 'consent_id', 'provider', 'type'] as const

const slotsOf = (column: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${column} ${index}`)

const textAt = (input: EventInput, slot: string): string => input[slot] as string

const numberAt = (input: EventInput, slot: string): number => input[slot] as number

const toChosen = ({ userId, consentId, provider, types }: EventSelection) => {
  const values = [
    userId === undefined ? [] : [userId],
    consentId === undefined ? [] : [consentId],
    [...new Set(provider)],
    [...new Set(types)],
  ] as const
  const input: Record<string, string> = {}
  CHOSEN_COLUMNS.forEach((column, place) =>
    values[place]?.forEach((value, index) => (input[`${column} ${index}`] = value)),
  )
  return { input, chosen: [values[0].length, values[1].length, values[2].length, values[3].length] as const }
}

const select = (db: Engine['sql'], input: EventInput, sight: Sight, chosen: Chosen) => {
  let selected = db.selectFrom('events').where(visible(sight, input, 'events'))
  CHOSEN_COLUMNS.forEach((column, place) => {
    const slots = slotsOf(column, chosen[place] ?? 0).map((slot) => textAt(input, slot))
    const [only] = slots
    if (slots.length > 1) selected = selected.where(column, 'in', slots)
    else if (only !== undefined) selected = selected.where(column, '=', only)
  })
  return selected
}
