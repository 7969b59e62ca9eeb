/** What the floor reads: the gateway's own tables, on the event loop as the gateway does, with statements prepared once. */
import { DatabaseSync } from 'node:sqlite'
import type { Caller } from './floor-caller.ts'

/** What is asked for: of the caller, and of nobody else. */
export type Wish =
  | { readonly kind: 'CONSENT'; readonly consentId: string }
  | { readonly kind: 'USER_WITH_CONSENTS'; readonly userId: string }
  | { readonly kind: 'USER'; readonly userId: string }

export interface StoredUser {
  readonly id: string
  readonly client_id: string
  readonly external_id: string
  readonly created_at: number
}

export interface StoredRow {
  readonly id: string
  readonly user_id: string
  readonly institution_ref: string
  readonly status: string
  readonly status_reason: string | null
  readonly provider: string
  readonly provider_status: string
  readonly version: number
  readonly provider_consent_id: string
  /** Sealed. */
  readonly secrets: string | null
  readonly access: string
  readonly created_at: number
  readonly authorized_at: number
  readonly expires_at: number
  readonly seen_at: number
  /** What the provider calls the user, where it has users of its own. */
  readonly ref: string | null
}

export interface Found {
  /** What the credential may do; null where there is no such client or user. */
  readonly scopes: string | null
  readonly user: StoredUser | null
  readonly rows: readonly StoredRow[]
}

export interface FloorRows {
  read(caller: Caller, wish: Wish): Found
  close(): void
}

const COLUMNS = `consents.id, consents.user_id, institution_ref, status, status_reason, consents.provider, provider_status,
  version, provider_consent_id, consents.secrets, access, created_at, authorized_at, expires_at, seen_at, ref`
const FROM = `from consents left join provider_links links
  on links.user_id = consents.user_id and links.provider = consents.provider`

/** @param file one that a writer has opened: to read a log that is not there, it would have to be made */
export const openFloorRows = (file: string): FloorRows => {
  const database = new DatabaseSync(file, { readOnly: true })
  const clientById = database.prepare('select id, scopes from clients where id = ?')
  const clientByKey = database.prepare('select id, scopes from clients where key_hash = ?')
  const userById = database.prepare(
    'select id, client_id, external_id, created_at from users where client_id = ? and id = ? and erased_at is null',
  )
  const consentById = database.prepare(`select ${COLUMNS} ${FROM} where consents.id = ? and consents.client_id = ?`)
  const consentOfUser = database.prepare(
    `select ${COLUMNS} ${FROM} where consents.id = ? and consents.client_id = ? and consents.user_id = ?`,
  )
  const consentsOfUser = database.prepare(
    `select ${COLUMNS} ${FROM} where consents.client_id = ? and consents.user_id = ?
     order by created_at desc, consents.id desc limit 21`,
  )

  const rowsFor = (clientId: string, tokenUserId: string | null, wish: Wish): Pick<Found, 'user' | 'rows'> => {
    if (wish.kind === 'CONSENT') {
      const { consentId } = wish
      const row =
        tokenUserId === null
          ? consentById.get(consentId, clientId)
          : consentOfUser.get(consentId, clientId, tokenUserId)
      return { user: null, rows: row === undefined ? [] : [row as unknown as StoredRow] }
    }
    const { kind, userId } = wish
    const isOther = tokenUserId !== null && tokenUserId !== userId
    const user = isOther ? undefined : (userById.get(clientId, userId) as unknown as StoredUser | undefined)
    if (user === undefined) return { user: null, rows: [] }
    const rows = kind === 'USER' ? [] : (consentsOfUser.all(clientId, userId) as unknown as StoredRow[])
    return { user, rows }
  }

  const read = ({ clientId, keyHash, tokenUserId }: Caller, wish: Wish): Found => {
    const client = (clientId === null ? clientByKey.get(keyHash) : clientById.get(clientId)) as
      | { readonly id: string; readonly scopes: string }
      | undefined
    const isThere = client !== undefined && (tokenUserId === null || userById.get(client.id, tokenUserId) !== undefined)
    return isThere
      ? { scopes: client.scopes, ...rowsFor(client.id, tokenUserId, wish) }
      : { scopes: null, user: null, rows: [] }
  }
  return { read, close: () => database.close() }
}
