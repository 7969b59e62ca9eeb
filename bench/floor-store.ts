/**
 * What the floor writes: the gateway's own tables, on a thread of its own, with statements prepared once. What is written at the
 * same time is one commit, forced to the device. Its first message says that the file is open; the others are the ids of what is
 * committed.
 */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

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

export interface Order {
  readonly id: number
  readonly write: Write
}

const database = new DatabaseSync(String(workerData))
database.exec('pragma journal_mode = wal; pragma synchronous = full')
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

const say = (id: number): void => {
  // oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(id)
}

let waiting: Order[] = []

const commit = (): void => {
  const orders = waiting
  waiting = []
  database.exec('begin immediate')
  for (const { write: one } of orders) write(one)
  database.exec('commit')
  for (const { id } of orders) say(id)
}

parentPort?.on('message', (order: Order) => {
  // Whoever writes in the same turn shares the commit.
  if (waiting.length === 0) setImmediate(commit)
  waiting.push(order)
})
say(0)
