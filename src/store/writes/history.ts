import type { ExpressionBuilder } from 'kysely'
import type { Engine } from '../engine.ts'
import { prepare } from '../prepared.ts'
import {
  EVENT_COLUMNS,
  type NewEventRow,
  type NewObservationRow,
  OBSERVATION_COLUMNS,
  toEventRow,
  toObservationRow,
} from '../rows/history-rows.ts'
import { pick } from '../rows/row.ts'
import type { Database } from '../schema.ts'
import { any, one, type WriteTable } from './write-table.ts'

const NEW_OBSERVATION_COLUMNS = OBSERVATION_COLUMNS.filter((column) => column !== 'position' && column !== 'repeated')

type CountedRow = NewObservationRow & { readonly times: number }

/** Is it the consent's newest observation, and says the same? */
const isRepeated = (eb: ExpressionBuilder<Database, 'observations'>, row: NewObservationRow) =>
  eb.and([
    eb(
      'position',
      '=',
      eb
        .selectFrom('observations as newest')
        .select(({ fn }) => fn.max('newest.position').as('position'))
        .where('newest.consent_id', '=', row.consent_id),
    ),
    eb('source', '=', row.source),
    eb('provider_raw', 'is not distinct from', row.provider_raw),
    eb('from_status', 'is not distinct from', row.from_status),
    eb('to_status', 'is not distinct from', row.to_status),
    eb('applied', '=', row.applied),
    eb('rule', '=', row.rule),
  ])

export const createHistoryWrites = ({ sql, rowLocks }: Engine): WriteTable<'observation.append' | 'event.append'> => {
  // Of two that observe one consent at once, the second sees what the first wrote, and comes after it.
  const lockConsent = prepare((row: NewObservationRow) =>
    sql.selectFrom('consents').select('id').where('id', '=', row.consent_id).forNoKeyUpdate(),
  )
  const repeatObservation = prepare((row: CountedRow) =>
    sql
      .updateTable('observations')
      .set(({ eb }) => ({ repeated: eb('repeated', '+', row.times) }))
      .where((eb) => isRepeated(eb, row)),
  )
  // Runs after `repeatObservation`, which leaves a different newest one alone: exactly one of the two changes a row.
  const insertObservation = prepare((row: CountedRow) =>
    sql
      .insertInto('observations')
      .columns([...NEW_OBSERVATION_COLUMNS, 'repeated'])
      .expression(
        sql
          .selectNoFrom(({ val }) => [
            ...NEW_OBSERVATION_COLUMNS.map((column) => val(row[column]).as(column)),
            val(row.times).as('repeated'),
          ])
          .where(({ not, exists }) =>
            not(
              exists(
                sql
                  .selectFrom('observations')
                  .select('position')
                  .where((eb) => isRepeated(eb, row)),
              ),
            ),
          ),
      ),
  )
  const insertEvent = prepare((row: NewEventRow) => sql.insertInto('events').values(pick(row, EVENT_COLUMNS)))

  return {
    'observation.append': ({ observation, times = 1 }) => {
      const row = { ...toObservationRow(observation), times }
      const lock = rowLocks ? [any(lockConsent(row))] : []
      return [...lock, any(repeatObservation(row)), any(insertObservation(row))]
    },
    'event.append': ({ event }) => [one(insertEvent(toEventRow(event)))],
  }
}
