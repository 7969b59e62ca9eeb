import type { Selectable } from 'kysely'
import type { IdempotencyKey, IdempotencyRecord } from '../../domain/idempotency.ts'
import type { IdempotencyTable } from '../schema.ts'
import { parseIdempotentResult, toDocument } from './document.ts'
import { columnsOf, word } from './row.ts'

export const IDEMPOTENCY_COLUMNS = columnsOf<IdempotencyTable>({
  client_id: true,
  user_id: true,
  operation: true,
  key: true,
  fingerprint: true,
  state: true,
  running_until: true,
  result: true,
  created_at: true,
})

export type IdempotencyKeyRow = Pick<IdempotencyTable, 'client_id' | 'user_id' | 'operation' | 'key'>

export const toIdempotencyKeyRow = (key: IdempotencyKey): IdempotencyKeyRow => ({
  client_id: key.clientId,
  user_id: key.userId ?? '',
  operation: key.operation,
  key: key.key,
})

export const toIdempotencyRow = (record: IdempotencyRecord): IdempotencyTable => ({
  ...toIdempotencyKeyRow(record),
  fingerprint: record.fingerprint,
  state: record.state,
  running_until: record.runningUntil.getTime(),
  result: toDocument(record.result),
  created_at: record.createdAt.getTime(),
})

export const toIdempotencyRecord = (row: Selectable<IdempotencyTable>): IdempotencyRecord => ({
  clientId: word(row.client_id),
  userId: row.user_id === '' ? null : word(row.user_id),
  operation: row.operation,
  key: row.key,
  fingerprint: row.fingerprint,
  state: word(row.state),
  runningUntil: new Date(row.running_until),
  result: parseIdempotentResult(row.result),
  createdAt: new Date(row.created_at),
})
