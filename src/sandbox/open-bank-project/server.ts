/**
 * The Open Bank Project simulator: an OBP server (v3.1.0 and what clients need of v4.0.0, v5.0.0, v5.1.0) in test mode.
 *
 * Quirks of the real server that are kept; `generation` chooses between its state of October 2024 and that of 2026:
 *  1. A wrong OTP is HTTP 201; only the status REJECTED tells. One attempt, and no way to have a code sent again.
 *  2. A second answer: 2024 says 201 with the consent as it is; 2026 says 400 OBP-50200 <- OBP-35025.
 *  3. Anybody who is logged in may answer any consent, even after its `exp`.
 *  4. Revoking is a GET. Twice is 400 OBP-50200 <- OBP-35012; a consent of somebody else is 400 OBP-35001.
 *  5. Expiry is not a status in 2024: ACCEPTED stays, and use fails with OBP-35003. 2026 sweeps every 595 s.
 *  6. The v3.1.0 list ignores the bank in its path and has no order; v4.0.0 filters, newest first.
 *  7. The consent is stored before its code is sent: a failure to send leaves an INITIATED orphan.
 *  8. Without `consumer_id`, 2024 binds a consent to the first consumer that the user ever created (here: a disabled one).
 *  9. `everything: true` leaves out the two CanCreateEntitlement roles.
 * 10. Consent-JWT, Consent-Id, Consent-ID, Consumer-Key and PSD2-CERT are matched by case; `DirectLogin` is not.
 * 11. A consent header wins over any login. The call runs as a technical user with the consent's rights only.
 * 12. 404 OBP-10404 is also the answer to a body that is not JSON or does not say so; 404 where a bank is unknown,
 *     but 400 where a consent is.
 * 13. A bad or expired login token is 400 OBP-20003, with the token in the text.
 * 14. Over the rate limit there are X-Rate-Limit headers and no Retry-After.
 * 15. A foreign consumer under a consent is 401 OBP-35015 in 2024 and 401 OBP-35001 in 2026.
 *
 * Of ours: the OTP is always 123; ends of bank ids choose a behaviour (`guide.ts`); a consumer is checked by its key.
 * Left out: OAuth, Bearer and gateway logins, consent requests of v5.0.0, the PUTs of v4.0.0, management endpoints,
 * ETag, the race of two answers in 2024 (answers are atomic here).
 */
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../domain/clock.ts'
import { systemClock } from '../../domain/clock.ts'
import { guidePage } from '../guide-page.ts'
import type { Simulator } from '../http.ts'
import { createSimulator } from '../http.ts'
import type { Inbox } from '../inbox.ts'
import { createInbox } from '../inbox.ts'
import { institutionSuffix } from '../institution-flow.ts'
import { openJournal } from '../journal.ts'
import { createLedger } from '../ledger.ts'
import type { Reply } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import type { Routes } from '../routes.ts'
import { listAccountsAtBank, listBanks, listMyAccounts, readBank, readCurrentUser } from './banks.ts'
import {
  answerChallenge,
  deleteConsent,
  listConsentInfos,
  listConsents,
  readOwnConsent,
  revokeConsent,
} from './consents.ts'
import { createConsent } from './create-consent.ts'
import { logIn } from './direct-login.ts'
import { OBP_SANDBOX_GUIDE } from './guide.ts'
import { internalError, noSuchRoute, ObpRefusal, tooManyRequests, toReply } from './refusal.ts'
import type { ObpRules, ObpState } from './state.ts'
import { createState, sweepExpired } from './state.ts'
import { since } from './versions.ts'

export interface ObpSandboxOptions extends Partial<ObpRules> {
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
  /** Keeps consents, tokens, the ledger and its own inbox over restarts. Default: they end with the process. */
  readonly stateFile?: string
}

export interface ObpSandbox extends Simulator {
  readonly inbox: Inbox
}

const defaultRules: ObpRules = {
  generation: '2024',
  maxTimeToLiveSeconds: 3600,
  consumerValidation: 'CONSUMER_KEY_VALUE',
  consentsAllowed: true,
  loginStatus: 201,
  badTokenStatus: 400,
  slowDelayMs: 3000,
}

export async function createObpSandbox(options: ObpSandboxOptions = {}): Promise<ObpSandbox> {
  const { clock = systemClock, port, host, publicUrl, inbox: givenInbox, stateFile, ...rules } = options
  const journal = openJournal(stateFile)
  const inbox = givenInbox ?? createInbox(clock, journal)
  const ledger = createLedger(clock, journal)
  const state = createState({ rules: { ...defaultRules, ...rules }, clock, inbox, ledger }, journal)
  const simulator = await createSimulator({
    name: 'open-bank-project',
    routes: createRoutes(state),
    clock,
    ledger,
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    around: (request, next) => answerAsObp(state, request, next),
    fallback: () => {
      throw noSuchRoute()
    },
    onClose: () => journal.close(),
  })
  return { ...simulator, inbox }
}

function createRoutes(state: ObpState): Routes {
  const banks = '/obp/:version/banks'
  const mine = `${banks}/:bankId/my/consents`
  return {
    'GET /': () => guidePage('Open Bank Project sandbox', OBP_SANDBOX_GUIDE),
    'POST /my/logins/direct': (request) => logIn(state, request),
    [`GET ${banks}`]: since('v3.1.0', listBanks),
    [`GET ${banks}/:bankId`]: since('v3.1.0', readBank),
    [`GET ${banks}/:bankId/accounts/private`]: since('v3.0.0', (request) => listAccountsAtBank(state, request)),
    'GET /obp/:version/my/accounts': since('v3.0.0', (request) => listMyAccounts(state, request)),
    'GET /obp/:version/users/current': since('v3.0.0', (request) => readCurrentUser(state, request)),
    [`POST ${mine}/:scaMethod`]: since('v3.1.0', (request) => createConsent(state, request)),
    [`POST ${banks}/:bankId/consents/:consentId/challenge`]: since('v3.1.0', (request) =>
      answerChallenge(state, request),
    ),
    [`GET ${mine}`]: since('v3.1.0', (request) => listConsents(state, request)),
    [`GET ${mine}/:consentId/revoke`]: since('v3.1.0', (request) => revokeConsent(state, request)),
    [`GET ${banks}/:bankId/my/consent-infos`]: since('v4.0.0', (request) => listConsentInfos(state, request)),
    'GET /obp/:version/user/current/consents/:consentId': since('v5.1.0', (request) => readOwnConsent(state, request)),
    [`DELETE ${banks}/:bankId/consents/:consentId`]: since('v5.1.0', (request) => deleteConsent(state, request)),
    ...state.inbox.routes,
  }
}

/** What is the same on every path: the sweep, banks that misbehave by name, the form of errors, Correlation-Id. */
async function answerAsObp(state: ObpState, request: SimulatorRequest, next: () => Promise<Reply>): Promise<Reply> {
  sweepExpired(state)
  const suffix = institutionSuffix(request.params['bankId'] ?? '')
  const reply = await answerOrRefuse(() => {
    if (suffix === '429') throw tooManyRequests()
    if (suffix === '5xx') throw internalError()
    return next()
  })
  const delayMs = suffix === 'slow' ? state.rules.slowDelayMs : 0
  return { ...reply, headers: { ...reply.headers, 'Correlation-Id': randomUUID() }, delayMs }
}

async function answerOrRefuse(answer: () => Promise<Reply>): Promise<Reply> {
  try {
    return await answer()
  } catch (error) {
    if (error instanceof ObpRefusal) return toReply(error)
    throw error
  }
}
