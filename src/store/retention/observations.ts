import { sql } from 'kysely'
import { CONSENT_STATUSES, isFinalConsent } from '../../domain/consent.ts'
import type { Retention } from '../../domain/retention.ts'
import type { Engine } from '../engine.ts'
import { readRows, toStatement } from '../repositories/read.ts'
import type { ObservationTable } from '../schema.ts'

const ENDED = CONSENT_STATUSES.filter(isFinalConsent)
const SEEN_COLUMNS = ['position', 'at'] as const satisfies readonly (keyof ObservationTable)[]

export const createObservationRetention =
  (engine: Engine): Retention['observations'] =>
  async (before, most, after) => {
    const limit = before.getTime()
    const look = engine.sql
      .selectFrom('observations')
      .select(SEEN_COLUMNS)
      .where('position', '>', after)
      .orderBy('position')
      .limit(most)
    const seen = await readRows<Pick<ObservationTable, (typeof SEEN_COLUMNS)[number]>>(
      engine,
      SEEN_COLUMNS,
      toStatement(look),
    )
    const young = seen.findIndex(({ at }) => at >= limit)
    const last = (young === -1 ? seen : seen.slice(0, young)).at(-1)
    if (last === undefined) return { removed: 0, next: null }
    const remove = engine.sql
      .deleteFrom('observations')
      .where('position', '>', after)
      .where('position', '<=', last.position)
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('consents')
            .select(sql`1`.as('one'))
            .whereRef('consents.id', '=', 'observations.consent_id')
            .where('consents.status', 'in', ENDED)
            .where('consents.updated_at', '<', limit)
            // What the bank may still have is not over.
            .where(({ or, eb }) =>
              or([eb('consents.revocation_state', 'is', null), eb('consents.revocation_state', '=', 'CONFIRMED')]),
            ),
        ),
      )
      .returning('position')
    const { rows } = await engine.batch([{ ...toStatement(remove), affects: null }])
    return { removed: rows.length, next: young === -1 && seen.length === most ? last.position : null }
  }
