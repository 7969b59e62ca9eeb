import type { Kysely } from 'kysely'
import type { Flavor } from './flavor.ts'

/** Endpoints that get nothing but the events of consents that name them. */
export const nameWebhooks = async (db: Kysely<unknown>, { text, whole }: Flavor): Promise<void> => {
  await db.schema.alterTable('consents').addColumn('webhook_endpoint_id', text).execute()
  await db.schema
    .alterTable('webhook_endpoints')
    .addColumn('only_named', whole, (column) => column.notNull().defaultTo(0))
    .execute()
}
