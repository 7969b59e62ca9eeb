import { sql } from 'kysely'
import type { Engine, SqlValue, WriteStatement } from './engine.ts'
import type { EventPosition } from './event-cursor.ts'
import { toStatement } from './repositories/read.ts'
import { one } from './writes/write-table.ts'

/**
 * The position of the newest event that was removed, in `meta`: whatever comes after it in commit order is there. It moves
 * in the transaction that removes, so that one look at the log and at this never sees the one without the other.
 */
export const HORIZON = 'event-horizon'

/** For a statement that reads events: the horizon of the same moment. */
export const horizonText = sql<string>`(select value from meta where name = ${HORIZON})`

export interface Horizon {
  readonly position: EventPosition
  /** As it is written. */
  readonly text: string
}

/** Of a log that was moved from the embedded engine it has one number, and lies before all that was written since. */
export const toHorizon = ({ eventOrder }: Engine, value: SqlValue | undefined): Horizon => {
  const text = String(value)
  const written = text.split('.').map(Number)
  const missing = eventOrder.columns.length - written.length
  return { text, position: [...Array.from({ length: missing }, () => 0), ...written] }
}

export const readHorizon = async (engine: Engine): Promise<Horizon> => {
  const query = engine.sql.selectFrom('meta').select('value').where('name', '=', HORIZON)
  return toHorizon(engine, (await engine.query(toStatement(query)))[0]?.[0])
}

/** Conflicts where another has moved it. */
export const moveHorizon = ({ sql: compiler }: Engine, from: Horizon, to: EventPosition): WriteStatement =>
  one(
    toStatement(
      compiler
        .updateTable('meta')
        .set({ value: to.join('.') })
        .where('name', '=', HORIZON)
        .where('value', '=', from.text),
    ),
  )
