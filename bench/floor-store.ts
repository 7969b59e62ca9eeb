/**
 * The floor's store: the gateway's own tables, on a thread of its own, with statements prepared once. What is written at the
 * same time is one commit, forced to the device.
 */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { Caller } from './floor-caller.ts'

/** What is asked for: of the caller, and of nobody else. */
export type Wish =
  | { readonly kind: 'CONSENT'; readonly consentId: string }
  | { readonly kind: 'USER_WITH_CONSENTS'; readonly userId: string }
  | { readonly kind: 'USER'; readonly userId: string }

/** An authorization before it is asked for, and after. */
export type Write =
  | {
      readonly kind: 'STARTED'
      readonly clientId: string
      readonly userId: string
      readonly provider: string
      readonly institutionRef: string
      readonly consentId: string
      readonly sessionId: string
      readonly stateHash: string
      readonly returnTo: string
      readonly requestedAccess: string
      readonly at: number
      readonly endsAt: number
    }
  | {
      readonly kind: 'AWAITING'
      readonly clientId: string
      readonly userId: string
      readonly provider: string
      readonly consentId: string
      readonly sessionId: string
      readonly authorizationId: string
      readonly at: number
    }

export type Question = { readonly id: number } & (
  | { readonly caller: Caller; readonly wish: Wish }
  | { readonly write: Write }
)

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

export interface Answer {
  readonly id: number
  /** What the credential may do; null where there is no such client or user. */
  readonly scopes: string | null
  readonly user: StoredUser | null
  readonly rows: readonly StoredRow[]
}

const COLUMNS = `consents.id, consents.user_id, institution_ref, status, status_reason, consents.provider, provider_status,
  version, provider_consent_id, consents.secrets, access, created_at, authorized_at, expires_at, seen_at, ref`
const FROM = `from consents left join provider_links links
  on links.user_id = consents.user_id and links.provider = consents.provider`

const database = new DatabaseSync(String(workerData))
database.exec('pragma journal_mode = wal; pragma synchronous = full')
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
const insertConsent = database.prepare(
  `insert into consents (id, client_id, user_id, provider, institution_ref, status, version, requested_access, created_at,
   updated_at, current_session_id) values (?, ?, ?, ?, ?, 'INITIATED', 1, ?, ?, ?, ?)`,
)
const insertSession = database.prepare(
  `insert into auth_sessions (id, client_id, user_id, consent_id, provider, institution_ref, status, version, frames,
   created_at, updated_at, expires_at, return_to, in_flight, state, state_hash)
   values (?, ?, ?, ?, ?, ?, 'PENDING', 1, 0, ?, ?, ?, ?, 'START', '', ?)`,
)
const insertEvent = database.prepare(
  `insert into events (id, at, client_id, user_id, consent_id, provider, consent_version, type, body)
   values (?, ?, ?, ?, ?, ?, ?, 'ConsentStatusChanged', ?)`,
)
const updateConsent = database.prepare(
  `update consents set status = 'AWAITING_AUTHORIZATION', version = 2, provider_consent_id = ?, updated_at = ?
   where id = ? and version = 1`,
)
const updateSession = database.prepare(
  `update auth_sessions set status = 'AWAITING_USER', version = 2, in_flight = null, updated_at = ?
   where id = ? and version = 1`,
)

const rowsFor = (clientId: string, tokenUserId: string | null, wish: Wish): Pick<Answer, 'user' | 'rows'> => {
  if (wish.kind === 'CONSENT') {
    const { consentId } = wish
    const row =
      tokenUserId === null ? consentById.get(consentId, clientId) : consentOfUser.get(consentId, clientId, tokenUserId)
    return { user: null, rows: row === undefined ? [] : [row as unknown as StoredRow] }
  }
  const { kind, userId } = wish
  const isOther = tokenUserId !== null && tokenUserId !== userId
  const user = isOther ? undefined : (userById.get(clientId, userId) as unknown as StoredUser | undefined)
  if (user === undefined) return { user: null, rows: [] }
  const rows = kind === 'USER' ? [] : (consentsOfUser.all(clientId, userId) as unknown as StoredRow[])
  return { user, rows }
}

const read = (id: number, { clientId, keyHash, tokenUserId }: Caller, wish: Wish): Answer => {
  const client = (clientId === null ? clientByKey.get(keyHash) : clientById.get(clientId)) as
    | { readonly id: string; readonly scopes: string }
    | undefined
  const isThere = client !== undefined && (tokenUserId === null || userById.get(client.id, tokenUserId) !== undefined)
  return isThere
    ? { id, scopes: client.scopes, ...rowsFor(client.id, tokenUserId, wish) }
    : { id, scopes: null, user: null, rows: [] }
}

const write = (one: Write): void => {
  const { clientId, userId, provider, consentId, sessionId, at } = one
  const log = (version: number, body: object): void => {
    const values: SQLInputValue[] = [`evt_${consentId.slice(4)}${version}`, at, clientId, userId, consentId, provider]
    insertEvent.run(...values, version, JSON.stringify(body))
  }
  if (one.kind === 'STARTED') {
    const { institutionRef, requestedAccess, endsAt, returnTo, stateHash } = one
    insertConsent.run(consentId, clientId, userId, provider, institutionRef, requestedAccess, at, at, sessionId)
    const session: SQLInputValue[] = [sessionId, clientId, userId, consentId, provider, institutionRef]
    insertSession.run(...session, at, at, endsAt, returnTo, stateHash)
    log(1, { from: null, to: 'INITIATED' })
    return
  }
  updateConsent.run(one.authorizationId, at, consentId)
  updateSession.run(at, sessionId)
  log(2, { from: 'INITIATED', to: 'AWAITING_AUTHORIZATION' })
}

const reply = (answer: Answer): void => {
  // oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(answer)
}

let waiting: (readonly [id: number, write: Write])[] = []

const commit = (): void => {
  const writes = waiting
  waiting = []
  database.exec('begin immediate')
  for (const [, one] of writes) write(one)
  database.exec('commit')
  for (const [id] of writes) reply({ id, scopes: null, user: null, rows: [] })
}

parentPort?.on('message', (question: Question) => {
  if (!('write' in question)) {
    reply(read(question.id, question.caller, question.wish))
    return
  }
  // Whoever writes in the same turn shares the commit.
  if (waiting.length === 0) setImmediate(commit)
  waiting.push([question.id, question.write])
})
