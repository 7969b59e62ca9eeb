import type { Selectable } from 'kysely'
import type { StatementKeyEndorsement, UsedStatementKey } from '../../domain/statement-key.ts'
import type { StatementEndorsementTable, StatementKeyTable } from '../schema.ts'
import { columnsOf } from './row.ts'

export const STATEMENT_KEY_COLUMNS = columnsOf<StatementKeyTable>({
  key_id: true,
  public_key: true,
  used_until: true,
})

export const STATEMENT_ENDORSEMENT_COLUMNS = columnsOf<StatementEndorsementTable>({
  key_id: true,
  public_key: true,
  endorser_id: true,
  statement: true,
})

export const toStatementKeyRow = ({ id, publicKey, until }: UsedStatementKey): StatementKeyTable => ({
  key_id: id,
  public_key: publicKey,
  used_until: until.getTime(),
})

export const toUsedStatementKey = (row: Selectable<StatementKeyTable>): UsedStatementKey => ({
  id: row.key_id,
  publicKey: row.public_key,
  until: new Date(row.used_until),
})

export const toEndorsementRow = (endorsement: StatementKeyEndorsement): StatementEndorsementTable => ({
  key_id: endorsement.id,
  public_key: endorsement.publicKey,
  endorser_id: endorsement.endorserId,
  statement: endorsement.statement,
})

export const toEndorsement = (row: Selectable<StatementEndorsementTable>): StatementKeyEndorsement => ({
  id: row.key_id,
  publicKey: row.public_key,
  endorserId: row.endorser_id,
  statement: row.statement,
})
