import type { Kysely } from 'kysely'

/** How far the erasure of a user is. */
export const keepErasure = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema.alterTable('users').addColumn('erasure', 'text').execute()
}
