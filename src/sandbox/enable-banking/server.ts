/**
 * The Enable Banking simulator: account-information consent only.
 *
 * Kept from the real API:
 *  1. The caller makes the JWT: RS256, `typ` JWT, `kid` the application, a day at most. Its times are real.
 *  2. No id for an institution: name and country together.
 *  3. `authorization_id` is not the `session_id`; account uids are new in each session, `identification_hash` is not.
 *  4. A code is good once: 422 ALREADY_AUTHORIZED, WRONG_AUTHORIZATION_CODE, EXPIRED_AUTHORIZATION_CODE.
 *  5. POST /sessions gives whole accounts, GET /sessions/{id} uids and hashes; a blocked account has no uid.
 *  6. The exact boundary of `maximum_consent_validity` is refused, as by clocks that differ: a minute less is the most.
 *  7. `access_denied` comes from people and from banks; `error_description` may be missing.
 *  8. EXPIRED may come before `valid_until`: the bank ended it, or a newer consent of the same person did.
 *  9. DELETE of a session that has ended is 400; data calls say 401.
 * 10. `detail` of an error is an object, a sentence or null. No 429 is documented to have Retry-After.
 * 11. PSU headers: all that the bank requires, or none.
 *
 * Choices where nobody knows: a link lasts an hour, a code five minutes (GET then says INVALID); GET takes the
 * authorization id before the exchange; 422 for REDIRECT_URI_NOT_ALLOWED, EXPIRED_AUTHORIZATION_CODE, NO_ACCOUNTS_ADDED
 * and WRONG_SESSION_STATUS; ended sessions stay readable; redirect URLs are compared without their query; undocumented
 * request fields are refused. Ends of bank names choose a behaviour (`guide.ts`).
 * Left out: payments, transactions, registration, restricted mode but for one bank.
 */
import type { Clock } from '../../domain/clock.ts'
import { systemClock } from '../../domain/clock.ts'
import { guidePage } from '../guide-page.ts'
import type { Simulator } from '../http.ts'
import { createSimulator } from '../http.ts'
import { institutionSuffix } from '../institution-flow.ts'
import { openJournal } from '../journal.ts'
import { createLedger } from '../ledger.ts'
import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import type { Routes } from '../routes.ts'
import { drawLogo, listAspsps } from './aspsps.ts'
import { authenticate } from './bearer.ts'
import { endGranted, showGranted } from './granted-page.ts'
import { ENABLE_BANKING_SANDBOX_GUIDE } from './guide.ts'
import { finish, showApprove, showLogIn, showStart } from './pages.ts'
import { Refusal, toReply } from './refusal.ts'
import { applicationKeys, ENABLE_BANKING_SANDBOX_SEED } from './seed.ts'
import { deleteSession, exchangeCode, readAccount, readSession } from './sessions.ts'
import { answerAuth } from './start-authorization.ts'
import type { State } from './state.ts'
import { createState, findByCode, findSession } from './state.ts'

export interface EnableBankingSandboxOptions {
  /** Default: real time. */
  readonly clock?: Clock
  /** Default 0, any free port. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Where browsers reach it, if not at host and port. */
  readonly publicUrl?: string
  /** Where people may be sent back to; compared without the query. More can be added with `allowRedirect`. */
  readonly redirectUrls?: readonly string[]
  /** Keeps sessions and the ledger over restarts. Default: they end with the process. */
  readonly stateFile?: string
  /** False: every call is 403 ACCESS_DENIED. Default true. */
  readonly active?: boolean
  /** How long banks of the suffix `-slow` take. Default 3000. */
  readonly slowDelayMs?: number
}

export interface EnableBankingSandbox extends Simulator {
  /** What a client is configured with; `privateKey` is PEM, PKCS #8, made when the process first asked for it. */
  readonly credential: { readonly applicationId: string; readonly privateKey: string }
  allowRedirect(url: string): void
}

export async function createEnableBankingSandbox(
  options: EnableBankingSandboxOptions = {},
): Promise<EnableBankingSandbox> {
  const { clock = systemClock, port, host, publicUrl, stateFile, active = true, slowDelayMs = 3000 } = options
  const { applicationId, applicationName } = ENABLE_BANKING_SANDBOX_SEED
  const { privateKey, publicKey } = await applicationKeys()
  const journal = openJournal(stateFile)
  const ledger = createLedger(clock, journal)
  const application = { id: applicationId, name: applicationName, publicKey, active }
  const redirectUrls = (options.redirectUrls ?? []).map(withoutQuery)
  const state = createState({ application, clock, ledger, slowDelayMs }, redirectUrls, journal)
  const simulator = await createSimulator({
    name: 'enable-banking',
    routes: createRoutes(state),
    clock,
    ledger,
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    around: (request, next) => answerAsEnableBanking(state, request, next),
    fallback: () => json(404, { message: 'Not Found', code: 404 }),
    onClose: () => journal.close(),
  })
  return {
    ...simulator,
    credential: { applicationId, privateKey },
    allowRedirect: (url) => void state.redirectUrls.add(withoutQuery(url)),
  }
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

function createRoutes(state: State): Routes {
  return {
    'GET /': () => guidePage('Enable Banking sandbox', ENABLE_BANKING_SANDBOX_GUIDE),
    'GET /application': () => readApplication(state),
    'GET /aspsps': listAspsps,
    'POST /auth': (request) => answerAuth(state, request),
    'POST /sessions': (request) => exchangeCode(state, request),
    'GET /sessions/:sessionId': (request) => readSession(state, request),
    'DELETE /sessions/:sessionId': (request) => deleteSession(state, request),
    'GET /accounts/:uid/details': (request) => readAccount(state, request, 'details'),
    'GET /accounts/:uid/balances': (request) => readAccount(state, request, 'balances'),
    'GET /health': () => json(200, { status: 'OK' }),
    'GET /logos/:country/:name': drawLogo,
    'GET /logos/:name': drawLogo,
    'GET /ais/start': (request) => showStart(state, request),
    'GET /ais/log-in': (request) => showLogIn(state, request),
    'POST /ais/approve': (request) => showApprove(state, request),
    'POST /ais/finish': (request) => finish(state, request),
    'GET /consents': () => showGranted(state),
    'POST /consents/end': (request) => endGranted(state, request),
  }
}

function readApplication({ application, redirectUrls }: State): Reply {
  return json(200, {
    name: application.name,
    kid: application.id,
    environment: 'SANDBOX',
    redirect_urls: [...redirectUrls],
    active: application.active,
    countries: ['DE', 'FI', 'SE'],
    services: ['AIS'],
  })
}

const withoutToken = /^\/(?:(?:health|logos|ais|consents)(?:\/.*)?)?$/

/** What is the same on every path: the token, the form of errors, banks that are slow by name. */
async function answerAsEnableBanking(
  state: State,
  request: SimulatorRequest,
  next: () => Promise<Reply>,
): Promise<Reply> {
  if (withoutToken.test(request.path)) return await next()
  // Asked before the answer: the exchange gives a session another id.
  const slow = institutionSuffix(bankNameOf(state, request)) === 'slow'
  try {
    authenticate(request, state.application)
    const reply = await next()
    return slow ? { ...reply, delayMs: state.slowDelayMs } : reply
  } catch (error) {
    if (error instanceof Refusal) return toReply(error)
    throw error
  }
}

/** The bank that a call is about, or nothing. */
function bankNameOf(state: State, request: SimulatorRequest): string {
  const { sessionId } = request.params
  if (sessionId !== undefined) return findSession(state, sessionId)?.aspsp.name ?? ''
  if (request.method !== 'POST') return ''
  const body = parseQuietly(request) as { code?: unknown; aspsp?: { name?: unknown } } | null
  if (typeof body?.code === 'string') return findByCode(state, body.code)?.aspsp.name ?? ''
  return typeof body?.aspsp?.name === 'string' ? body.aspsp.name : ''
}

function parseQuietly(request: SimulatorRequest): unknown {
  try {
    return request.json()
  } catch {
    // The route itself says what is wrong with the body.
    return null
  }
}
