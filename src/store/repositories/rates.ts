import { type Expression, type RawBuilder, sql } from 'kysely'
import type { RateCharge } from '../../domain/rate-limit.ts'
import type { Store } from '../../domain/store.ts'
import type { Engine } from '../engine.ts'
import { toStatement } from './read.ts'

/** Rows removed by one sweep: bounds how long it holds the writer. */
const SWEEP_ROWS = 5_000

/** How much later the bucket is full again for what is taken. */
const costOf = ({ count, limit, windowMs }: RateCharge): number => Math.max(1, Math.ceil((count * windowMs) / limit))

/** The rows hold when each bucket is full again; who is not there is full. By the engine's clock, which all processes share. */
export const createRates = (engine: Engine): Store['rates'] => {
  const { sql: db, leaseNow } = engine
  const laterOf = (now: Expression<number>): RawBuilder<number> =>
    sql<number>`case when rate_buckets.full_at > ${now} then rate_buckets.full_at else ${now} end`

  const take = async (charge: RateCharge): Promise<boolean> => {
    const cost = costOf(charge)
    const statement = toStatement(
      db
        .insertInto('rate_buckets')
        .values({ bucket: charge.bucket, full_at: sql<number>`${leaseNow()} + ${cost}` })
        .onConflict((known) =>
          known
            .column('bucket')
            .doUpdateSet({ full_at: sql<number>`${laterOf(leaseNow())} + ${cost}` })
            .where(sql<boolean>`rate_buckets.full_at <= ${leaseNow()} + ${charge.windowMs - cost}`),
        )
        .returning('full_at'),
    )
    const { rows } = await engine.batch([{ ...statement, affects: null }])
    return rows.length > 0
  }

  const waitOf = async ({ windowMs, ...charge }: RateCharge): Promise<number> => {
    const [row] = await engine.query(
      toStatement(
        db
          .selectFrom('rate_buckets')
          .select(sql<number>`full_at - ${leaseNow()}`.as('left'))
          .where('bucket', '=', charge.bucket),
      ),
    )
    return Math.max(1, Number(row?.[0] ?? 0) + costOf({ windowMs, ...charge }) - windowMs)
  }

  return {
    charge: async (charge) => ((await take(charge)) ? 0 : await waitOf(charge)),
    sweep: async () => {
      const full = db
        .selectFrom('rate_buckets')
        .select('bucket')
        .where('full_at', '<', leaseNow())
        .orderBy('full_at')
        .limit(SWEEP_ROWS)
      const rows = engine.rowLocks ? full.forUpdate().skipLocked() : full
      const statement = toStatement(db.deleteFrom('rate_buckets').where('bucket', 'in', rows).returning('bucket'))
      const swept = await engine.batch([{ ...statement, affects: null }])
      return swept.rows.length === SWEEP_ROWS
    },
  }
}
