import { randomUUID } from 'node:crypto'
import type { Clock } from '../../domain/clock.ts'
import { institutionSuffix } from '../institution-flow.ts'
import type { Collection, Journal } from '../journal.ts'
import type { Ledger } from '../ledger.ts'
import { accountsOf } from './accounts.ts'
import type { Aspsp } from './aspsps.ts'
import { findAspsp } from './aspsps.ts'
import type { Application } from './bearer.ts'
import type { Session, SessionStatus } from './session.ts'
import { atTime, codeLifetimeMs, storedSession } from './session.ts'

export interface State {
  readonly application: Application
  readonly clock: Clock
  readonly ledger: Ledger
  readonly slowDelayMs: number
  readonly redirectUrls: Set<string>
  /** By authorization id. */
  readonly sessions: Collection<Session>
  /** What a client sent to fill the bank's form, by authorization id; a restart forgets it. */
  readonly credentials: Map<string, Readonly<Record<string, string>>>
  /** Background fetches, by account uid and day; a restart forgets them. */
  readonly fetches: Map<string, number>
}

type Parts = Pick<State, 'application' | 'clock' | 'ledger' | 'slowDelayMs'>

export function createState(parts: Parts, redirectUrls: readonly string[], journal: Journal): State {
  return {
    ...parts,
    redirectUrls: new Set(redirectUrls),
    sessions: journal.collection('session', (stored): Session => storedSession.parse(stored)),
    credentials: new Map(),
    fetches: new Map(),
  }
}

const endsSoonMs = 60_000

/** Not yet exchanged sessions answer to their authorization id, later ones to their session id only. */
export function findSession(state: State, id: string): Session | undefined {
  const found = state.sessions.values().find(({ sessionId, authorizationId }) => (sessionId ?? authorizationId) === id)
  return found && atTime(found, state.clock.now())
}

export function findAuthorization(state: State, authorizationId: string): Session | undefined {
  const found = state.sessions.get(authorizationId)
  return found && atTime(found, state.clock.now())
}

export function findByCode(state: State, code: string): Session | undefined {
  const found = state.sessions.values().find((session) => session.code === code)
  return found && atTime(found, state.clock.now())
}

export function aspspOf(session: Session): Aspsp {
  const aspsp = findAspsp(session.aspsp.name, session.aspsp.country)
  if (aspsp === undefined) throw new Error(`a session names the unknown bank ${session.aspsp.name}`)
  return aspsp
}

function write(state: State, session: Session, effect: string): Session {
  state.sessions.set(session.authorizationId, session)
  const { authorizationId, sessionId } = session
  state.ledger.record(effect, { authorizationId, ...(sessionId !== null && { sessionId }) })
  return session
}

export function startAuthorization(state: State, session: Session): void {
  write(state, session, 'authorization.started')
}

/** The person has approved; `stale` issues a code whose time is over. */
export function returnFromBank(state: State, session: Session, chosen: readonly string[], stale: boolean): Session {
  const now = state.clock.now()
  const wanted = session.access.accounts
  const accounts = accountsOf(session.aspsp)
    .filter(({ key }) => chosen.length === 0 || chosen.includes(key))
    .filter(({ iban, cardNumber }) =>
      wanted === undefined
        ? true
        : wanted.some((one) => ('iban' in one ? one.iban === iban : one.other.identification === cardNumber)),
    )
  return write(
    state,
    {
      ...session,
      status: 'RETURNED_FROM_BANK',
      code: randomUUID(),
      codeExpiresAt: new Date(now.getTime() + (stale ? -1 : codeLifetimeMs)),
      accounts: accounts.map(({ key, blocked }) => ({ key, uid: blocked ? null : randomUUID() })),
    },
    'authorization.returned',
  )
}

export function endAuthorization(state: State, session: Session, status: 'CANCELLED' | 'INVALID'): void {
  const effect = status === 'CANCELLED' ? 'authorization.cancelled' : 'authorization.failed'
  write(state, { ...session, status, closedAt: state.clock.now() }, effect)
}

/** The code is spent. Where a bank has one consent per PSU, the one before dies without a word. */
export function authorizeSession(state: State, session: Session): Session & { readonly sessionId: string } {
  const now = state.clock.now()
  if (aspspOf(session).quirk === 'ONE_CONSENT_PER_PSU') {
    for (const other of state.sessions.values()) {
      const sameConsent =
        other.psuIdHash === session.psuIdHash &&
        other.aspsp.name === session.aspsp.name &&
        other.aspsp.country === session.aspsp.country
      if (sameConsent && atTime(other, now).status === 'AUTHORIZED') endSession(state, other, 'EXPIRED')
    }
  }
  const sessionId = randomUUID()
  const endsSoon = institutionSuffix(session.aspsp.name) === 'expires-soon'
  const authorized: Session & { readonly sessionId: string } = {
    ...session,
    sessionId,
    status: 'AUTHORIZED',
    authorizedAt: now,
    endsAt: endsSoon ? new Date(now.getTime() + endsSoonMs) : null,
  }
  write(state, authorized, 'session.authorized')
  return authorized
}

type SessionEnd = Extract<SessionStatus, 'CLOSED' | 'REVOKED' | 'EXPIRED'>

const endEffects: Readonly<Record<SessionEnd, string>> = {
  CLOSED: 'session.closed',
  REVOKED: 'session.revoked',
  EXPIRED: 'session.ended',
}

/** CLOSED by the client, REVOKED by the person, EXPIRED by the bank. */
export function endSession(state: State, session: Session, status: SessionEnd): void {
  write(state, { ...session, status, closedAt: state.clock.now() }, endEffects[status])
}

/** True for the first two DELETEs of a session at a bank of the suffix `-5xx`, which fail without an effect. */
export function failsToDelete(state: State, session: Session): boolean {
  if (institutionSuffix(session.aspsp.name) !== '5xx' || session.failedDeletes >= 2) return false
  state.sessions.set(session.authorizationId, { ...session, failedDeletes: session.failedDeletes + 1 })
  return true
}
