import type { Selectable } from 'kysely'
import type { ApiClient } from '../../domain/api-client.ts'
import { createRecentlyUsed } from '../../domain/recently-used.ts'
import type { Store, User } from '../../domain/store.ts'
import { isStorable } from '../../domain/text.ts'
import type { Engine } from '../engine.ts'
import { prepareShapes } from '../prepared.ts'
import { checkFirst, olderThan, toPage } from '../paging.ts'
import { CLIENT_COLUMNS, FORMER_KEY_COLUMNS, toClient, toFormerKey } from '../rows/client-rows.ts'
import { toUser, USER_COLUMNS } from '../rows/owner-rows.ts'
import { toRow } from '../rows/row.ts'
import type { ClientTable, FormerKeyTable, UserTable } from '../schema.ts'
import { createUnchanged } from '../unchanged.ts'
import { createKeyRead, matchByKey, readRows, toStatement } from './read.ts'

/** More than any gateway has API clients that call it at a time. */
const KNOWN_CLIENTS = 1_000

/** Credentials whose requests come one after the other while nothing is committed. */
const KEPT = 1_000

/** A row that reads as it did before is the client that it was: nothing is parsed anew, and whoever keeps one shares it. */
const createKnownClients = (): ((row: Selectable<ClientTable>) => ApiClient) => {
  const known = createRecentlyUsed<{ readonly row: Selectable<ClientTable>; readonly client: ApiClient }>(KNOWN_CLIENTS)
  return (row) => {
    const before = known.get(row.id)
    if (before !== undefined && CLIENT_COLUMNS.every((column) => row[column] === before.row[column]))
      return before.client
    const client = toClient(row)
    known.set(row.id, { row, client })
    return client
  }
}

export const createClientReads = (engine: Engine): Store['clients'] => {
  const { sql } = engine
  const toKnown = createKnownClients()
  const withUsers = createUnchanged<{ readonly client: ApiClient; readonly user: User }>(engine, KEPT)
  const ofKeys = createUnchanged<ApiClient>(engine, KEPT)
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
  const readWithUser = prepareShapes(
    ({ clientId, name }: { readonly clientId: string; readonly name: string }, column: 'id' | 'external_id') =>
      sql
        .selectFrom('users')
        .innerJoin('clients', 'clients.id', 'users.client_id')
        .select(USER_COLUMNS.map((one) => `users.${one}` as const))
        .select(CLIENT_COLUMNS.map((one) => `clients.${one}` as const))
        .where('users.client_id', '=', clientId)
        .where(`users.${column}`, '=', name),
  )
  const byIds: Store['clients']['byIds'] = async (ids) =>
    matchByKey(ids, await readById('SYSTEM', ids, {}), (row) => row.id, toKnown)
  return {
    byIds,
    withUser: async (clientId, of) => {
      const [column, name] = 'userId' in of ? (['id', of.userId] as const) : (['external_id', of.externalId] as const)
      if (!isStorable(name)) return null
      return await withUsers.read(`${clientId} ${column} ${name}`, async () => {
        const [values] = await engine.look(readWithUser({ clientId, name }, column))
        if (values === undefined) return null
        return {
          user: toUser(toRow<UserTable>(USER_COLUMNS, values)),
          client: toKnown(toRow<ClientTable>(CLIENT_COLUMNS, values.slice(USER_COLUMNS.length))),
        }
      })
    },
    byId: async (id) => (await byIds([id]))[0] ?? null,
    byKeyHash: (hash) =>
      ofKeys.read(
        hash,
        async () =>
          matchByKey([hash], await readByKeyHash('SYSTEM', [hash], {}), (row) => row.key_hash, toKnown)[0] ?? null,
      ),
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
