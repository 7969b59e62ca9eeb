import { GatewayError } from '../domain/errors.ts'
import type { Engine } from './engine.ts'
import { readMeta } from './identity.ts'
import { toStatement } from './repositories/read.ts'

/** Says in an embedded database that it was moved, and where to. Never in the database that it was moved to. */
export const MOVED_MARK = 'moved-to'

export const markMoved = async (engine: Engine, movedTo: string): Promise<void> => {
  const put = engine.sql
    .insertInto('meta')
    .values({ name: MOVED_MARK, value: movedTo })
    .onConflict((taken) => taken.column('name').doUpdateSet({ value: movedTo }))
  await engine.batch([{ ...toStatement(put), affects: 1 }])
}

/**
 * Two databases that both go on from one history would tell people two stories of one consent.
 *
 * @throws GatewayError STORE_UNAVAILABLE
 */
export const requireNotMoved = async (engine: Engine): Promise<void> => {
  const movedTo = await readMeta(engine, MOVED_MARK)
  if (movedTo === null) return
  throw new GatewayError('STORE_UNAVAILABLE', {
    message: `This embedded store was moved to PostgreSQL at ${movedTo}. Set DATABASE_URL; what is here is only the state of that moment.`,
    retryable: false,
  })
}
