import type { Kysely } from 'kysely'
import type { Flavor } from './flavor.ts'

/** Frames of a rotating code are changes of the row, and none of the session. */
export const countFrames = async (db: Kysely<unknown>, { whole }: Flavor): Promise<void> => {
  await db.schema
    .alterTable('auth_sessions')
    .addColumn('frames', whole, (column) => column.notNull().defaultTo(0))
    .execute()
}
