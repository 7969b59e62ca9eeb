import { type Kysely, sql } from 'kysely'
import type { Flavor } from './flavor.ts'

/** Where API clients want their events, what waits to be sent there, and what was sent. */
export const createWebhooks = async (db: Kysely<unknown>, { text, whole, finish }: Flavor): Promise<void> => {
  await finish(
    db.schema
      .createTable('webhook_endpoints')
      .addColumn('id', text, (column) => column.primaryKey().notNull())
      .addColumn('client_id', text, (column) => column.notNull().references('clients.id'))
      .addColumn('url', text, (column) => column.notNull())
      .addColumn('event_types', text, (column) => column.notNull())
      .addColumn('enabled', whole, (column) => column.notNull())
      .addColumn('secrets', text)
      .addColumn('cursor', text, (column) => column.notNull())
      .addColumn('version', whole, (column) => column.notNull())
      .addColumn('tested_at', whole)
      .addColumn('created_at', whole, (column) => column.notNull())
      .addColumn('deleted_at', whole),
  ).execute()
  await sql`create unique index webhook_endpoints_url on webhook_endpoints (client_id, url) where deleted_at is null`.execute(
    db,
  )
  await sql`create index webhook_endpoints_by_client on webhook_endpoints (client_id, created_at, id)`.execute(db)
  await sql`create index webhook_endpoints_by_age on webhook_endpoints (created_at, id)`.execute(db)

  await finish(
    db.schema
      .createTable('webhook_messages')
      .addColumn('endpoint_id', text, (column) => column.notNull().references('webhook_endpoints.id'))
      .addColumn('event_id', text, (column) => column.notNull())
      .addColumn('event_type', text, (column) => column.notNull())
      .addColumn('body', text, (column) => column.notNull())
      .addColumn('attempts', whole, (column) => column.notNull())
      .addColumn('due_at', whole, (column) => column.notNull())
      .addColumn('created_at', whole, (column) => column.notNull())
      .addPrimaryKeyConstraint('webhook_messages_key', ['endpoint_id', 'event_id']),
  ).execute()
  await sql`create index webhook_messages_due on webhook_messages (endpoint_id, due_at, event_id)`.execute(db)

  await finish(
    db.schema
      .createTable('webhook_deliveries')
      .addColumn('id', text, (column) => column.primaryKey().notNull())
      .addColumn('endpoint_id', text, (column) => column.notNull().references('webhook_endpoints.id'))
      .addColumn('event_id', text, (column) => column.notNull())
      .addColumn('event_type', text, (column) => column.notNull())
      .addColumn('attempt', whole, (column) => column.notNull())
      .addColumn('http_status', whole)
      .addColumn('error', text)
      .addColumn('next_attempt_at', whole)
      .addColumn('delivered', whole, (column) => column.notNull())
      .addColumn('created_at', whole, (column) => column.notNull())
      .addUniqueConstraint('webhook_deliveries_attempt', ['endpoint_id', 'event_id', 'attempt']),
  ).execute()
  await sql`create index webhook_deliveries_by_age on webhook_deliveries (endpoint_id, created_at, id)`.execute(db)
}
