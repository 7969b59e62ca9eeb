import type { Selectable } from 'kysely'
import type { ApiClient, FormerKey } from '../../domain/api-client.ts'
import type { ClientTable, FormerKeyTable } from '../schema.ts'
import { parseDocument, toDocument, toInstant, toMillis } from './document.ts'
import { columnsOf, word } from './row.ts'

export const CLIENT_COLUMNS = columnsOf<ClientTable>({
  id: true,
  name: true,
  key_hash: true,
  key_hint: true,
  scopes: true,
  return_to: true,
  created_at: true,
  disabled_at: true,
  version: true,
})

export const toClientRow = (client: ApiClient): ClientTable => ({
  id: client.id,
  name: client.name,
  key_hash: client.keyHash,
  key_hint: client.keyHint,
  scopes: toDocument(client.scopes),
  return_to: toDocument(client.returnTo),
  created_at: client.createdAt.getTime(),
  disabled_at: toMillis(client.disabledAt),
  version: client.version,
})

export const toClient = (row: Selectable<ClientTable>): ApiClient => ({
  id: word(row.id),
  name: row.name,
  keyHash: row.key_hash,
  keyHint: row.key_hint,
  scopes: parseDocument<readonly string[]>(row.scopes),
  returnTo: parseDocument<readonly string[]>(row.return_to),
  createdAt: new Date(row.created_at),
  disabledAt: toInstant(row.disabled_at),
  version: row.version,
})

export const FORMER_KEY_COLUMNS = columnsOf<FormerKeyTable>({
  key_hash: true,
  client_id: true,
  key_hint: true,
  ends_at: true,
})

export const toFormerKeyRow = (key: FormerKey): FormerKeyTable => ({
  key_hash: key.keyHash,
  client_id: key.clientId,
  key_hint: key.keyHint,
  ends_at: key.endsAt.getTime(),
})

export const toFormerKey = (row: Selectable<FormerKeyTable>): FormerKey => ({
  clientId: word(row.client_id),
  keyHash: row.key_hash,
  keyHint: row.key_hint,
  endsAt: new Date(row.ends_at),
})
