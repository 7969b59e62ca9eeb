/**
 * The Fiskil simulator: token, end users, auth sessions, consents, institutions and accounts of the CDR API.
 *
 * Kept from the real service:
 *  1. The token is `token` or `access_token` (`tokenField`); no refresh token. Times follow this server's clock.
 *  2. The format is chosen by X-Fiskil-Version, else pinned; before v3 lists are bare arrays.
 *  3. `id` in the answer of an auth session is the client's; a session cannot be read or cancelled, and works once.
 *  4. `expires_at` of a session is in epoch seconds (or a text: `sessionExpiryForm`), that of a consent a date-time.
 *  5. `cancel_uri` gets every error, not only cancels.
 *  6. A consent has no status; `termination_reason` does not tell expiry from revocation.
 *  7. DELETE of an unknown consent is 204.
 *  8. Renewal keeps `arrangement_id` and permissions; the period starts anew.
 *  9. `consent.revoked` also says that a consent has run out.
 * 10. Two shapes of errors: goa for users and consents, `{ id, name, message }` for data.
 * 11. Webhooks: five deliveries at most, signed over the body or what the documented recipe leaves of it.
 *
 * Choices where nobody knows: a used or expired link leads to `cancel_uri` with AUTH_SESSION_INVALID; only active
 * consents can be renewed; unknown permissions are refused; the end of an end user ends the consents; a redirect
 * address is taken as it comes; 401 for a bad token and for bad credentials; webhooks wait in real time. `/console` and
 * `/consents` are ours. Ends of bank ids choose a behaviour (`guide.ts`).
 * Left out: embedded mode, scopes, energy data, transactions, jobs.
 */
import type { Clock } from '../../domain/clock.ts'
import { systemClock } from '../../domain/clock.ts'
import { guidePage } from '../guide-page.ts'
import type { Simulator } from '../http.ts'
import { createSimulator } from '../http.ts'
import type { Inbox } from '../inbox.ts'
import { createInbox } from '../inbox.ts'
import { openJournal } from '../journal.ts'
import { createLedger } from '../ledger.ts'
import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import type { Routes } from '../routes.ts'
import { listAccounts } from './accounts.ts'
import { createAuthSession } from './auth-session.ts'
import { createConsoleRoutes } from './console.ts'
import { listConsents, revokeConsent } from './consents.ts'
import { createEndUser, deleteEndUser, listEndUsers, readEndUser, updateEndUser } from './end-users.ts'
import { finish } from './finish.ts'
import { showGranted, withdraw } from './granted-page.ts'
import { FISKIL_SANDBOX_GUIDE } from './guide.ts'
import { listInstitutions, readInstitution } from './institutions.ts'
import { sendCode, showApprove, showLogIn, showStart } from './pages.ts'
import { Refusal, toReply } from './refusal.ts'
import { FISKIL_SANDBOX_SEED, permissions } from './seed.ts'
import type { FiskilRules, FiskilState } from './state.ts'
import { createState, expireConsents } from './state.ts'
import { issueToken, requireToken } from './token.ts'
import { versionOf } from './versions.ts'
import type { WebhookRules, Webhooks } from './webhooks.ts'
import { createWebhooks, defaultWebhookRules } from './webhooks.ts'

export interface FiskilSandboxOptions extends Partial<FiskilRules>, Partial<WebhookRules> {
  /** Default: real time. */
  readonly clock?: Clock
  /** Default 0, any free port. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Where browsers reach it, if not at host and port. */
  readonly publicUrl?: string
  /** Default: an inbox of its own. */
  readonly inbox?: Inbox
  /** Keeps all state over restarts. Default: it ends with the process. */
  readonly stateFile?: string
  /** The registered endpoint; also set later: `webhooks.setUrl`, or `POST /console/webhook`. Default: none. */
  readonly webhookUrl?: string
}

export interface FiskilSandbox extends Simulator {
  readonly inbox: Inbox
  readonly webhooks: Webhooks
}

const defaultRules: FiskilRules = {
  tokenField: 'token',
  tokenSeconds: 900,
  uniqueEmails: false,
  sessionSeconds: 900,
  sessionExpiryForm: 'epoch-seconds',
  consentSeconds: 7_776_000,
  syncSeconds: 0,
  pinnedVersion: 'v3',
  slowDelayMs: 3000,
}

/** Real time: what runs out while nobody asks is found, and told, this often. */
const sweepIntervalMs = 1000

export async function createFiskilSandbox(options: FiskilSandboxOptions = {}): Promise<FiskilSandbox> {
  const { clock = systemClock, port, host, publicUrl, inbox: givenInbox, stateFile, webhookUrl, ...rules } = options
  const journal = openJournal(stateFile)
  const inbox = givenInbox ?? createInbox(clock, journal)
  const ledger = createLedger(clock, journal)
  const { clientId, webhookSecret: secret } = FISKIL_SANDBOX_SEED
  const webhooks = createWebhooks(
    { rules: { ...defaultWebhookRules, ...rules }, clientId, secret, clock, ledger },
    webhookUrl ?? null,
    journal,
  )
  const state = createState({ rules: { ...defaultRules, ...rules }, clock, inbox, ledger, webhooks }, journal)
  const simulator = await createSimulator({
    name: 'fiskil',
    routes: createRoutes(state),
    clock,
    ledger,
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    around: (request, next) => answerAsFiskil(state, request, next),
    fallback: () => {
      throw new Refusal(404, 'not_found', 'not found')
    },
    onClose: () => {
      clearInterval(sweep)
      webhooks.close()
      journal.close()
    },
  })
  const sweep = setInterval(() => expireConsents(state), sweepIntervalMs).unref()
  return { ...simulator, inbox, webhooks }
}

function createRoutes(state: FiskilState): Routes {
  return {
    'GET /': () => guidePage('Fiskil sandbox', FISKIL_SANDBOX_GUIDE),
    'POST /v1/token': (request) => issueToken(state, request),
    'POST /v1/end-users': (request) => createEndUser(state, request),
    'GET /v1/end-users': (request) => listEndUsers(state, request),
    'GET /v1/end-users/:endUserId': (request) => readEndUser(state, request),
    'POST /v1/end-users/:endUserId': (request) => updateEndUser(state, request),
    'DELETE /v1/end-users/:endUserId': (request) => deleteEndUser(state, request),
    'POST /v1/auth/session': (request) => createAuthSession(state, request),
    'GET /v1/consent': (request) => listConsents(state, request),
    'DELETE /v1/consent/:arrangementId': (request) => revokeConsent(state, request),
    'GET /v1/institutions': (request) => listInstitutions(state, request),
    'GET /v1/institutions/:institutionId': readInstitution,
    'GET /v1/permissions': () => json(200, permissions),
    'GET /v1/banking/accounts': (request) => listAccounts(state, request),
    'GET /auth': (request) => showStart(state, request),
    'GET /auth/log-in': (request) => showLogIn(state, request),
    'POST /auth/code': (request) => sendCode(state, request),
    'POST /auth/approve': (request) => showApprove(state, request),
    'POST /auth/finish': (request) => finish(state, request),
    'GET /consents': () => showGranted(state),
    'POST /consents/end': (request) => withdraw(state, request),
    ...createConsoleRoutes(state.webhooks),
    ...state.inbox.routes,
  }
}

const withoutToken = /^\/v1\/(?:token$|institutions(?:\/|$))/

/** What is the same on every path of the API: what has run out, the token, the version, the form of errors. */
async function answerAsFiskil(
  state: FiskilState,
  request: SimulatorRequest,
  next: () => Promise<Reply>,
): Promise<Reply> {
  expireConsents(state)
  const isApi = request.path.startsWith('/v1/')
  try {
    if (isApi && !withoutToken.test(request.path)) requireToken(state, request)
    const version = isApi ? { 'X-Fiskil-Version': versionOf(state, request) } : {}
    const reply = await next()
    return { ...reply, headers: { ...reply.headers, ...version } }
  } catch (error) {
    if (error instanceof Refusal) return toReply(error)
    throw error
  }
}
