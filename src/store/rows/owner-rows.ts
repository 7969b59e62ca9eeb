import type { Selectable } from 'kysely'
import type { ProviderUser } from '../../domain/provider.ts'
import type { Sealer } from '../../domain/sealing.ts'
import type { ProviderLink, User } from '../../domain/store.ts'
import type { ProviderLinkTable, UserTable } from '../schema.ts'
import { toRowName } from '../sealed-columns.ts'
import { mapNullable, parseErasure, parseSecrets, toDocument, toInstant, toMillis } from './document.ts'
import { ownGetters } from './own-getters.ts'
import { type ColumnSeal, columnsOf, sealColumn, word } from './row.ts'

export const USER_COLUMNS = columnsOf<UserTable>({
  id: true,
  client_id: true,
  external_id: true,
  created_at: true,
  erased_at: true,
  erasure: true,
})

export const toUserRow = (user: User): UserTable => ({
  id: user.id,
  client_id: user.clientId,
  external_id: user.externalId,
  created_at: user.createdAt.getTime(),
  erased_at: toMillis(user.erasedAt),
  erasure: mapNullable(user.erasure, toDocument),
})

export const toUser = (row: Selectable<UserTable>): User => ({
  id: word(row.id),
  clientId: word(row.client_id),
  externalId: row.external_id,
  createdAt: new Date(row.created_at),
  erasedAt: toInstant(row.erased_at),
  erasure: mapNullable(row.erasure, parseErasure),
})

export const LINK_COLUMNS = columnsOf<ProviderLinkTable>({
  client_id: true,
  user_id: true,
  provider: true,
  ref: true,
  secrets: true,
  linked_at: true,
})

class LinkedUser implements ProviderUser {
  readonly ref: string
  /** Throws what `Sealer.open` does. */
  declare readonly secrets: ProviderUser['secrets']
  readonly #row: Selectable<ProviderLinkTable>
  readonly #sealed: ColumnSeal

  constructor(row: Selectable<ProviderLinkTable>, sealed: ColumnSeal) {
    this.ref = row.ref
    this.#row = row
    this.#sealed = sealed
    Object.defineProperties(this, LinkedUser.#getters)
  }

  static readonly #getters = ownGetters<LinkedUser>({
    secrets() {
      const { secrets, user_id: userId, provider } = this.#row
      return mapNullable(secrets, (text) => parseSecrets(this.#sealed.open(text, toRowName(userId, provider))))
    },
  })
}

export const createLinkRows = (sealer: Sealer) => {
  const secrets = sealColumn(sealer, 'provider_links', 'secrets')
  return {
    toRow: (link: ProviderLink): ProviderLinkTable => ({
      client_id: link.clientId,
      user_id: link.userId,
      provider: link.provider,
      ref: link.user.ref,
      secrets: mapNullable(link.user.secrets, (value) => secrets.seal(value, toRowName(link.userId, link.provider))),
      linked_at: link.linkedAt.getTime(),
    }),
    toLink: (row: Selectable<ProviderLinkTable>): ProviderLink => ({
      clientId: word(row.client_id),
      userId: word(row.user_id),
      provider: word(row.provider),
      user: new LinkedUser(row, secrets),
      linkedAt: new Date(row.linked_at),
    }),
  }
}
