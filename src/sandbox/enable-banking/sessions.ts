import { z } from 'zod'
import { institutionSuffix } from '../institution-flow.ts'
import type { Reply } from '../reply.ts'
import { json, text } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { accountsOf, identificationHash, toAccountResource } from './accounts.ts'
import { checkPsuHeaders } from './psu-headers.ts'
import { noSuchSession, Refusal, tooManyFetches } from './refusal.ts'
import type { Session, SessionStatus } from './session.ts'
import { parseJson } from './start-authorization.ts'
import type { State } from './state.ts'
import { aspspOf, authorizeSession, endSession, failsToDelete, findByCode, findSession } from './state.ts'

const exchangeRequest = z.strictObject({ code: z.string() })

/** POST /sessions: a code is good once. */
export function exchangeCode(state: State, request: SimulatorRequest): Reply {
  const { code } = parseJson(request, exchangeRequest)
  const session = findByCode(state, code)
  if (!session) throw new Refusal(422, 'WRONG_AUTHORIZATION_CODE', 'Wrong authorization code provided')
  if (session.sessionId !== null) throw new Refusal(422, 'ALREADY_AUTHORIZED', 'Session is already authorized')
  if (session.status !== 'RETURNED_FROM_BANK') {
    throw new Refusal(422, 'EXPIRED_AUTHORIZATION_CODE', 'Authorization code is expired')
  }
  const aspsp = aspspOf(session)
  if (aspsp.quirk === 'NO_LINKED_ACCOUNTS') {
    throw new Refusal(422, 'NO_ACCOUNTS_ADDED', 'No allowed accounts added to the application')
  }
  const authorized = authorizeSession(state, session)
  return json(200, {
    session_id: authorized.sessionId,
    accounts: visibleAccounts(state, authorized).map(({ account, uid }) => toAccountResource(account, uid, aspsp)),
    aspsp: authorized.aspsp,
    psu_type: authorized.psuType,
    access: authorized.access,
  })
}

const lateAccountsMs = 9_000

function visibleAccounts(state: State, session: Session) {
  const late =
    aspspOf(session).quirk === 'ACCOUNTS_COME_LATER' &&
    (session.authorizedAt === null || state.clock.now().getTime() < session.authorizedAt.getTime() + lateAccountsMs)
  if (late) return []
  return accountsOf(session.aspsp).flatMap((account) => {
    const chosen = session.accounts.find(({ key }) => key === account.key)
    return chosen ? [{ account, uid: chosen.uid }] : []
  })
}

/** GET /sessions/{id}. Choice: before the exchange, the authorization id names it. */
export function readSession(state: State, { params }: SimulatorRequest): Reply {
  const session = findSession(state, params['sessionId'] ?? '')
  if (!session) throw noSuchSession()
  const suffix = institutionSuffix(session.aspsp.name)
  if (suffix === '429' || suffix === '5xx') {
    state.ledger.record('session.read.refused', { authorizationId: session.authorizationId })
    const turn = state.ledger.count('session.read.refused') % 2
    if (suffix === '429') throw turn === 1 ? tooManyFetches() : tooManyFetches(21_600)
    if (turn === 1) throw new Refusal(500, 'ASPSP_ERROR', 'Internal server error')
    return text(502, '<html><head><title>502 Bad Gateway</title></head></html>', { 'Content-Type': 'text/html' })
  }
  // Choice: another order than at the exchange, since none is promised.
  const accounts = visibleAccounts(state, session)
    .toReversed()
    .flatMap(({ account, uid }) => {
      const hash = identificationHash(account)
      return uid === null ? [] : [{ uid, identification_hash: hash, identification_hashes: [hash] }]
    })
  const weird = suffix === 'weird-status' && session.status === 'AUTHORIZED'
  return json(200, {
    status: weird ? 'UNDER_REVIEW' : session.status,
    accounts: accounts.map(({ uid }) => uid),
    accounts_data: accounts,
    aspsp: session.aspsp,
    psu_type: session.psuType,
    psu_id_hash: session.psuIdHash,
    access: session.access,
    created: session.createdAt,
    ...(session.authorizedAt && { authorized: session.authorizedAt }),
    ...(session.closedAt && { closed: session.closedAt }),
  })
}

/** Choice: DELETE answers 400 with the word of the end, as it does for a closed session. */
const endedErrors: Readonly<Partial<Record<SessionStatus, readonly [error: string, message: string]>>> = {
  CLOSED: ['CLOSED_SESSION', 'Session is closed'],
  EXPIRED: ['EXPIRED_SESSION', 'Session is expired'],
  REVOKED: ['REVOKED_SESSION', 'Session is revoked'],
}

export function deleteSession(state: State, request: SimulatorRequest): Reply {
  const session = findSession(state, request.params['sessionId'] ?? '')
  if (!session) throw noSuchSession()
  checkPsuHeaders(request, aspspOf(session))
  refuseUnlessAuthorized(session, 400)
  if (failsToDelete(state, session)) throw new Refusal(500, 'ASPSP_ERROR', 'Internal server error')
  endSession(state, session, 'CLOSED')
  return json(200, { message: 'OK' })
}

function refuseUnlessAuthorized(session: Session, endedStatus: 400 | 401): void {
  if (session.status === 'AUTHORIZED') return
  const [error, message] = endedErrors[session.status] ?? []
  if (error !== undefined && message !== undefined) throw new Refusal(endedStatus, error, message)
  throw new Refusal(422, 'WRONG_SESSION_STATUS', 'Wrong session status')
}

const dailyFetches = 4

/** GET /accounts/{uid}/details and /balances: without the person, four times a day. */
export function readAccount(state: State, request: SimulatorRequest, part: 'details' | 'balances'): Reply {
  const { uid = '' } = request.params
  const session = state.sessions.values().find(({ accounts }) => accounts.some((one) => one.uid === uid))
  const current = session && findSession(state, session.sessionId ?? session.authorizationId)
  const found = current && visibleAccounts(state, current).find((one) => one.uid === uid)
  if (!current || !found) throw new Refusal(404, 'ACCOUNT_DOES_NOT_EXIST', 'No account found matching provided id')
  refuseUnlessAuthorized(current, 401)
  if (part === 'balances' && !current.access.balances) {
    throw new Refusal(403, 'ACCESS_DENIED', 'Access to balances is not granted')
  }
  if (!checkPsuHeaders(request, aspspOf(current))) countFetch(state, uid, part)
  state.ledger.record(`account.${part}.read`, { uid })
  if (part === 'details') return json(200, toAccountResource(found.account, uid, aspspOf(current)))
  const amount = { currency: found.account.currency, amount: '1234.56' }
  return json(200, { balances: [{ name: 'Booked balance', balance_amount: amount, balance_type: 'CLBD' }] })
}

function countFetch(state: State, uid: string, part: string): void {
  const key = `${uid}/${part}/${state.clock.now().toISOString().slice(0, 10)}`
  const count = (state.fetches.get(key) ?? 0) + 1
  if (count > dailyFetches) throw tooManyFetches()
  state.fetches.set(key, count)
}
