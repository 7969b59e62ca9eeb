import type { Store } from '../../domain/store.ts'
import type { Engine } from '../engine.ts'
import { checkFirst, olderThan, toPage } from '../paging.ts'
import { CLIENT_COLUMNS, FORMER_KEY_COLUMNS, toClient, toFormerKey } from '../rows/client-rows.ts'
import type { ClientTable, FormerKeyTable } from '../schema.ts'
import { createKeyRead, matchByKey, readRows, toStatement } from './read.ts'

export const createClientReads = (engine: Engine): Store['clients'] => {
  const { sql } = engine
  const readById = createKeyRead<ClientTable>(engine, CLIENT_COLUMNS, (ids) =>
    sql.selectFrom('clients').select(CLIENT_COLUMNS).where('id', 'in', ids),
  )
  const readByKeyHash = createKeyRead<ClientTable>(engine, CLIENT_COLUMNS, (hashes) =>
    sql.selectFrom('clients').select(CLIENT_COLUMNS).where('key_hash', 'in', hashes),
  )
  const readFormerKey = createKeyRead<FormerKeyTable>(engine, FORMER_KEY_COLUMNS, (hashes) =>
    sql.selectFrom('former_keys').select(FORMER_KEY_COLUMNS).where('key_hash', 'in', hashes),
  )
  const readFormerKeys = createKeyRead<FormerKeyTable>(engine, FORMER_KEY_COLUMNS, (clientIds) =>
    sql
      .selectFrom('former_keys')
      .select(FORMER_KEY_COLUMNS)
      .where('client_id', 'in', clientIds)
      .orderBy('ends_at', 'desc'),
  )
  const byIds: Store['clients']['byIds'] = async (ids) =>
    matchByKey(ids, await readById('SYSTEM', ids, {}), (row) => row.id, toClient)
  return {
    byIds,
    byId: async (id) => (await byIds([id]))[0] ?? null,
    byKeyHash: async (hash) =>
      matchByKey([hash], await readByKeyHash('SYSTEM', [hash], {}), (row) => row.key_hash, toClient)[0] ?? null,
    formerKey: async (hash) =>
      matchByKey([hash], await readFormerKey('SYSTEM', [hash], {}), (row) => row.key_hash, toFormerKey)[0] ?? null,
    formerKeys: async (id) => (await readFormerKeys('SYSTEM', [id], {})).map(toFormerKey),
    page: async ({ first, after }) => {
      const rows = await readRows<ClientTable>(
        engine,
        CLIENT_COLUMNS,
        toStatement(
          sql
            .selectFrom('clients')
            .select(CLIENT_COLUMNS)
            .where(olderThan(after))
            .orderBy('created_at', 'desc')
            .orderBy('id', 'desc')
            .limit(checkFirst(first) + 1),
        ),
      )
      return toPage(rows.map(toClient), first)
    },
  }
}
