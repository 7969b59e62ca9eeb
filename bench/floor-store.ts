/** The floor's store: the gateway's own tables, on a thread of its own, with three statements prepared once. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

export interface Question {
  readonly id: number
  /** By a user token's words, or by the hash of an API key. */
  readonly clientId: string | null
  readonly keyHash: string | null
  readonly tokenUserId: string | null
  readonly consentId: string | null
  readonly userId: string | null
}

export interface StoredRow {
  readonly id: string
  readonly institution_ref: string
  readonly status: string
  readonly status_reason: string | null
  readonly provider: string
  readonly provider_status: string
  readonly version: number
  readonly provider_consent_id: string
  readonly access: string
  readonly created_at: number
  readonly authorized_at: number
  readonly expires_at: number
  readonly seen_at: number
}

export interface Answer {
  readonly id: number
  /** What the credential may do; null where there is no such client or user. */
  readonly scopes: string | null
  /** Those of the caller, and nobody else's. */
  readonly rows: readonly StoredRow[]
}

const COLUMNS = `id, institution_ref, status, status_reason, provider, provider_status, version, provider_consent_id, access,
  created_at, authorized_at, expires_at, seen_at`

const database = new DatabaseSync(String(workerData), { readOnly: true })
const clientById = database.prepare('select id, scopes from clients where id = ?')
const clientByKey = database.prepare('select id, scopes from clients where key_hash = ?')
const userById = database.prepare('select id from users where client_id = ? and id = ? and erased_at is null')
const consentById = database.prepare(`select ${COLUMNS} from consents where id = ? and client_id = ?`)
const consentOfUser = database.prepare(`select ${COLUMNS} from consents where id = ? and client_id = ? and user_id = ?`)
const consentsOfUser = database.prepare(
  `select ${COLUMNS} from consents where client_id = ? and user_id = ? order by created_at desc, id desc limit 21`,
)

const rowsFor = (clientId: string, { tokenUserId, consentId, userId }: Question): readonly StoredRow[] => {
  if (consentId !== null) {
    const row =
      tokenUserId === null ? consentById.get(consentId, clientId) : consentOfUser.get(consentId, clientId, tokenUserId)
    return row === undefined ? [] : [row as unknown as StoredRow]
  }
  if (userId === null || (tokenUserId !== null && tokenUserId !== userId)) return []
  if (userById.get(clientId, userId) === undefined) return []
  return consentsOfUser.all(clientId, userId) as unknown as StoredRow[]
}

parentPort?.on('message', (question: Question) => {
  const { id, clientId, keyHash, tokenUserId } = question
  const client = (clientId === null ? clientByKey.get(keyHash) : clientById.get(clientId)) as
    | { readonly id: string; readonly scopes: string }
    | undefined
  const isThere = client !== undefined && (tokenUserId === null || userById.get(client.id, tokenUserId) !== undefined)
  const answer: Answer = isThere
    ? { id, scopes: client.scopes, rows: rowsFor(client.id, question) }
    : { id, scopes: null, rows: [] }
  // oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(answer)
})
