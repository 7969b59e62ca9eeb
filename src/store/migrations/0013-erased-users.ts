import { type Kysely, sql } from 'kysely'

/** Who is being erased, or was a moment ago, is asked each second: among all who were ever erased they are few. */
export const findErasedUsers = async (db: Kysely<unknown>): Promise<void> => {
  await sql`create index users_erased on users (erased_at) where erasure is not null`.execute(db)
}
