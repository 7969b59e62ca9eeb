import { GatewayError } from '../../domain/errors.ts'
import type { Sealer } from '../../domain/sealing.ts'
import type { Store } from '../../domain/store.ts'
import { isStorable } from '../../domain/text.ts'
import type { Engine } from '../engine.ts'
import { checkFirst, olderThan, toPage } from '../paging.ts'
import { createLinkRows, LINK_COLUMNS, toUser, USER_COLUMNS } from '../rows/owner-rows.ts'
import type { ProviderLinkTable, UserTable } from '../schema.ts'
import { type Columns, word } from '../rows/row.ts'
import { ownerOf, sightOf, visible } from '../scope.ts'
import { createKeyRead, matchByKey, readNumber, readRows, toStatement } from './read.ts'

const ID_COLUMN: Columns<Pick<UserTable, 'id'>> = ['id']

export const createUserReads = (engine: Engine): Store['users'] => {
  const { sql } = engine
  const readById = createKeyRead<UserTable>(engine, USER_COLUMNS, (ids, owner, sight) =>
    sql
      .selectFrom('users')
      .select(USER_COLUMNS)
      .where('id', 'in', ids)
      .where(visible(sight, owner, 'users', 'id')),
  )
  const readByExternalId = createKeyRead<UserTable>(engine, USER_COLUMNS, (names, owner, sight) =>
    sql
      .selectFrom('users')
      .select(USER_COLUMNS)
      .where('external_id', 'in', names)
      .where(visible(sight, owner, 'users', 'id')),
  )
  return {
    byIds: async (scope, ids) => matchByKey(ids, await readById(scope, ids, {}), (row) => row.id, toUser),
    erasedSince: async (at) => {
      const erased = sql.selectFrom('users').select('id').where('erasure', 'is not', null)
      const rows = await readRows<Pick<UserTable, 'id'>>(
        engine,
        ID_COLUMN,
        toStatement(erased.where('erased_at', 'is', null).unionAll(erased.where('erased_at', '>=', at.getTime()))),
      )
      return rows.map(({ id }) => word(id))
    },
    byExternalIds: async (scope, names) => {
      if (scope === 'SYSTEM') {
        throw new GatewayError('INTERNAL', { cause: new Error('An external id has a meaning only for one client.') })
      }
      const rows = await readByExternalId(scope, names.filter(isStorable), {})
      return matchByKey(names, rows, (row) => row.external_id, toUser)
    },
    page: async (scope, { first, after }) => {
      const rows = await readRows<UserTable>(
        engine,
        USER_COLUMNS,
        toStatement(
          sql
            .selectFrom('users')
            .select(USER_COLUMNS)
            .where(visible(sightOf(scope), ownerOf(scope), 'users', 'id'))
            .where(olderThan(after))
            .orderBy('created_at', 'desc')
            .orderBy('id', 'desc')
            .limit(checkFirst(first) + 1),
        ),
      )
      return toPage(rows.map(toUser), first)
    },
    count: (scope) =>
      readNumber(
        engine,
        toStatement(
          sql
            .selectFrom('users')
            .select(({ fn }) => fn.countAll().as('rows'))
            .where(visible(sightOf(scope), ownerOf(scope), 'users', 'id')),
        ),
      ),
  }
}

export const createLinkReads = (engine: Engine, sealer: Sealer): Store['links'] => {
  const { toLink } = createLinkRows(sealer)
  const readByUser = createKeyRead<ProviderLinkTable>(engine, LINK_COLUMNS, (userIds, owner, sight) =>
    engine.sql
      .selectFrom('provider_links')
      .select(LINK_COLUMNS)
      .where('user_id', 'in', userIds)
      .where(visible(sight, owner, 'provider_links'))
      .orderBy('provider'),
  )
  const readByRef = createKeyRead<ProviderLinkTable, { readonly provider: string }>(
    engine,
    LINK_COLUMNS,
    (refs, { provider }) =>
      engine.sql
        .selectFrom('provider_links')
        .select(LINK_COLUMNS)
        .where('provider', '=', provider)
        .where('ref', 'in', refs),
  )
  return {
    byRef: async (provider, ref) =>
      matchByKey([ref], await readByRef('SYSTEM', [ref], { provider }), (row) => row.ref, toLink)[0] ?? null,
    byUsers: async (scope, ids) => {
      const byUser = Map.groupBy((await readByUser(scope, ids, {})).map(toLink), ({ userId }): string => userId)
      return ids.map((id) => byUser.get(id) ?? [])
    },
  }
}
