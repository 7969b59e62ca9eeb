import { type Kysely, sql } from 'kysely'
import type { Flavor } from './flavor.ts'

/** Who changed what, and what closes it off. Lines outlive what they name: nothing refers to another table. */
export const createAudit = async (db: Kysely<unknown>, flavor: Flavor): Promise<void> => {
  const { text, whole, finish } = flavor
  await finish(
    db.schema
      .createTable('audit_lines')
      .addColumn('position', flavor.sequence, flavor.asSequence)
      .addColumn('at', whole, (column) => column.notNull())
      .addColumn('actor', text, (column) => column.notNull())
      .addColumn('action', text, (column) => column.notNull())
      .addColumn('request_id', text)
      .addColumn('client_id', text)
      .addColumn('user_id', text)
      .addColumn('consent_id', text)
      .addColumn('changes', text, (column) => column.notNull())
      .addColumn('address_mark', text)
      .addColumn('address', text)
      .addColumn('block', whole),
  ).execute()
  await sql`create index audit_lines_open on audit_lines (position) where block is null`.execute(db)
  await sql`create index audit_lines_by_block on audit_lines (block, position) where block is not null`.execute(db)
  await sql`create index audit_lines_by_user on audit_lines (user_id) where address is not null`.execute(db)

  await finish(
    db.schema
      .createTable('audit_blocks')
      .addColumn('number', whole, (column) => column.primaryKey().notNull())
      .addColumn('at', whole, (column) => column.notNull())
      .addColumn('lines', whole, (column) => column.notNull())
      .addColumn('digest', text, (column) => column.notNull())
      .addColumn('hash', text, (column) => column.notNull())
      .addColumn('seal', text, (column) => column.notNull())
      .addColumn('key_id', text, (column) => column.notNull()),
  ).execute()
}
