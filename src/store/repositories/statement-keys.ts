import type { StatementKeyReads } from '../../domain/statement-key.ts'
import type { ReadEngine } from '../engine.ts'
import {
  STATEMENT_ENDORSEMENT_COLUMNS,
  STATEMENT_KEY_COLUMNS,
  toEndorsement,
  toUsedStatementKey,
} from '../rows/statement-key-rows.ts'
import type { StatementEndorsementTable, StatementKeyTable } from '../schema.ts'
import { readRows, toStatement } from './read.ts'

/** Read whole: a key is one row, and a change of keys is rare. */
export const createStatementKeyReads = (engine: ReadEngine): StatementKeyReads => ({
  used: async () => {
    const { sql } = engine
    const query = sql.selectFrom('statement_keys').select(STATEMENT_KEY_COLUMNS).orderBy('key_id').orderBy('public_key')
    const rows = await readRows<StatementKeyTable>(engine, STATEMENT_KEY_COLUMNS, toStatement(query))
    return rows.map(toUsedStatementKey)
  },
  endorsements: async () => {
    const { sql } = engine
    const query = sql
      .selectFrom('statement_endorsements')
      .select(STATEMENT_ENDORSEMENT_COLUMNS)
      .orderBy('key_id')
      .orderBy('public_key')
      .orderBy('endorser_id')
    const rows = await readRows<StatementEndorsementTable>(engine, STATEMENT_ENDORSEMENT_COLUMNS, toStatement(query))
    return rows.map(toEndorsement)
  },
})
