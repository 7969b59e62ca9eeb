import type { Sealer } from '../../domain/sealing.ts'
import type { Engine } from '../engine.ts'
import { prepare } from '../prepared.ts'
import { toStatement } from '../repositories/read.ts'
import { createLinkRows, LINK_COLUMNS, toUserRow, USER_COLUMNS } from '../rows/owner-rows.ts'
import { toDocument } from '../rows/document.ts'
import { pick } from '../rows/row.ts'
import type { ProviderLinkTable, UserTable } from '../schema.ts'
import { any, one, type WriteTable } from './write-table.ts'

interface Named {
  readonly client_id: string
  readonly id: string
  readonly erasure: string
}

export const createOwnerWrites = (
  { sql }: Engine,
  sealer: Sealer,
): WriteTable<'user.insert' | 'user.erasing' | 'user.forget' | 'user.erase' | 'link.insert'> => {
  const links = createLinkRows(sealer)
  const insertUser = prepare((row: UserTable) => sql.insertInto('users').values(pick(row, USER_COLUMNS)))
  const eraseUser = prepare((row: Named & { readonly erased_at: number }) =>
    sql
      .updateTable('users')
      .set({ external_id: null, erased_at: row.erased_at, erasure: row.erasure })
      .where('id', '=', row.id)
      .where('client_id', '=', row.client_id)
      .where('erased_at', 'is', null),
  )
  const noteErasure = prepare((row: Named) =>
    sql
      .updateTable('users')
      .set({ erasure: row.erasure })
      .where('id', '=', row.id)
      .where('client_id', '=', row.client_id)
      .where('erased_at', 'is', null),
  )
  const forgetName = prepare((row: Named) =>
    sql
      .updateTable('users')
      .set({ external_id: null, erasure: row.erasure })
      .where('id', '=', row.id)
      .where('client_id', '=', row.client_id)
      .where('erased_at', 'is', null),
  )
  const dropLinksBut = (userId: string, kept: readonly string[]) => {
    const links = sql.deleteFrom('provider_links').where('user_id', '=', userId)
    return toStatement(kept.length === 0 ? links : links.where('provider', 'not in', [...kept]))
  }
  const dropLinks = prepare((row: { readonly user_id: string }) =>
    sql.deleteFrom('provider_links').where('user_id', '=', row.user_id),
  )
  // The mark stays: the line still verifies.
  const forgetAddresses = prepare((row: { readonly user_id: string }) =>
    sql
      .updateTable('audit_lines')
      .set({ address: null })
      .where('user_id', '=', row.user_id)
      .where('address', 'is not', null),
  )
  const insertLink = prepare((row: ProviderLinkTable) =>
    sql.insertInto('provider_links').values(pick(row, LINK_COLUMNS)),
  )

  return {
    'user.insert': ({ user }) => [one(insertUser(toUserRow(user)))],
    'user.erasing': ({ clientId, userId, erasure }) => [
      one(noteErasure({ client_id: clientId, id: userId, erasure: toDocument(erasure) })),
    ],
    'user.forget': ({ clientId, userId, keepLinks, erasure }) => [
      one(forgetName({ client_id: clientId, id: userId, erasure: toDocument(erasure) })),
      any(dropLinksBut(userId, keepLinks)),
      any(forgetAddresses({ user_id: userId })),
    ],
    'user.erase': ({ clientId, userId, at, erasure }) => [
      one(eraseUser({ client_id: clientId, id: userId, erased_at: at.getTime(), erasure: toDocument(erasure) })),
      any(dropLinks({ user_id: userId })),
      any(forgetAddresses({ user_id: userId })),
    ],
    'link.insert': ({ link }) => [one(insertLink(links.toRow(link)))],
  }
}
