import type { Kysely } from 'kysely'
import type { Flavor } from './flavor.ts'

/** How far the erasure of a user is. */
export const keepErasure = async (db: Kysely<unknown>, { text }: Flavor): Promise<void> => {
  await db.schema.alterTable('users').addColumn('erasure', text).execute()
}
