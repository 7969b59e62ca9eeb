import type { EndorsementWrite } from '../../domain/statement-key.ts'
import type { Engine, WriteStatement } from '../engine.ts'
import { prepare } from '../prepared.ts'
import {
  STATEMENT_ENDORSEMENT_COLUMNS,
  STATEMENT_KEY_COLUMNS,
  toEndorsementRow,
  toStatementKeyRow,
} from '../rows/statement-key-rows.ts'
import { pick } from '../rows/row.ts'
import type { StatementEndorsementTable, StatementKeyTable } from '../schema.ts'
import { any, one, type WriteTable } from './write-table.ts'

export const createStatementKeyWrites = ({
  sql,
}: Engine): WriteTable<'statementKey.use' | 'statementKey.endorse' | 'statementKey.revoke'> => {
  const use = prepare((row: StatementKeyTable) =>
    sql
      .insertInto('statement_keys')
      .values(pick(row, STATEMENT_KEY_COLUMNS))
      .onConflict((known) =>
        known
          .columns(['key_id', 'public_key'])
          .doUpdateSet({ used_until: row.used_until })
          .where('statement_keys.used_until', '<', row.used_until),
      ),
  )
  const insert = prepare((row: StatementEndorsementTable) =>
    sql.insertInto('statement_endorsements').values(pick(row, STATEMENT_ENDORSEMENT_COLUMNS)),
  )
  const replace = prepare((row: StatementEndorsementTable & { readonly replaced: string }) =>
    sql
      .updateTable('statement_endorsements')
      .set({ statement: row.statement })
      .where('key_id', '=', row.key_id)
      .where('public_key', '=', row.public_key)
      .where('endorser_id', '=', row.endorser_id)
      .where('statement', '=', row.replaced),
  )
  const endorse = ({ endorsement, replaces }: EndorsementWrite): readonly WriteStatement[] => {
    const row = toEndorsementRow(endorsement)
    return [one(replaces === null ? insert(row) : replace({ ...row, replaced: replaces }))]
  }

  return {
    'statementKey.use': ({ key }) => [any(use(toStatementKeyRow(key)))],
    'statementKey.endorse': endorse,
    'statementKey.revoke': endorse,
  }
}
