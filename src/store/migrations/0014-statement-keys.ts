import type { Kysely } from 'kysely'
import type { Flavor } from './flavor.ts'

/** Public keys of receipts and proofs, which outlive the keys that are configured. Two keys may have had one id. */
export const keepStatementKeys = async (db: Kysely<unknown>, { text, whole, finish }: Flavor): Promise<void> => {
  await finish(
    db.schema
      .createTable('statement_keys')
      .addColumn('key_id', text, (column) => column.notNull())
      .addColumn('public_key', text, (column) => column.notNull())
      .addColumn('used_until', whole, (column) => column.notNull())
      .addPrimaryKeyConstraint('statement_keys_key', ['key_id', 'public_key']),
  ).execute()
  await finish(
    db.schema
      .createTable('statement_endorsements')
      .addColumn('key_id', text, (column) => column.notNull())
      .addColumn('public_key', text, (column) => column.notNull())
      .addColumn('endorser_id', text, (column) => column.notNull())
      .addColumn('statement', text, (column) => column.notNull())
      .addPrimaryKeyConstraint('statement_endorsements_key', ['key_id', 'public_key', 'endorser_id']),
  ).execute()
}
