import { type Kysely, sql } from 'kysely'
import type { Flavor } from './flavor.ts'

/** What an operator may change of API clients, and the keys that they had before. */
export const keepClients = async (db: Kysely<unknown>, { text, whole, finish }: Flavor): Promise<void> => {
  await db.schema.alterTable('clients').addColumn('key_hint', text).execute()
  await db.schema.alterTable('clients').addColumn('disabled_at', whole).execute()
  await db.schema
    .alterTable('clients')
    .addColumn('version', whole, (column) => column.notNull().defaultTo(1))
    .execute()
  await sql`create index clients_by_age on clients (created_at, id)`.execute(db)

  await finish(
    db.schema
      .createTable('former_keys')
      .addColumn('key_hash', text, (column) => column.primaryKey().notNull())
      .addColumn('client_id', text, (column) => column.notNull().references('clients.id'))
      .addColumn('key_hint', text)
      .addColumn('ends_at', whole, (column) => column.notNull()),
  ).execute()
  await sql`create index former_keys_of_client on former_keys (client_id, ends_at)`.execute(db)
}
