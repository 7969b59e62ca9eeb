/**
 * The Insurely simulator: the Swedish wealth API, version 2026-04-01 (preview), as far as consents need it.
 *
 * Kept from the real API:
 *  1. Two credentials: `authorization-token` for the customer, a user's JWT for `/consents*`, each refused where the other
 *     belongs; collections take either.
 *  2. `Insurely-Version` decides. Without it an older version answers, which has none of these endpoints.
 *  3. `validUntil` is a date, `expiresAt` a date-time, `pollingInterval` milliseconds.
 *  4. Fields come and go with the status; `pollingInterval` is null where nothing is left to wait for.
 *  5. A list has neither the reason of a failure nor the time of creation: only the status has.
 *  6. The QR text is another each second, as BankID computes it; an order lives 30 s until it is picked up and 3 minutes
 *     until it is signed; a second one for the same person ends the first.
 *  7. Deleting a user nulls `externalId`: the row stays, and the name is free.
 *  8. Webhooks tell of collections only.
 *
 * Choices where nobody knows: 201 for what is made, 204 for a user's deletion; errors as `{ errorCode, errorMessage }`;
 * names in `authInstructions` beyond `autoStartToken`; a repeated externalId is 409 (`repeatedExternalId`); DELETE of a
 * consent works before it is authorized, and of one that has ended is 409; a consent must have both parameters; a session
 * lasts 15 minutes; the app takes a frame for five seconds. Ends of company ids choose a behaviour (`guide.ts`).
 * Left out: the data of collections, the BankID inside of them, contact forms, insurance.
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
import type { SimulatorRequest } from '../request.ts'
import type { RouteAnswer, Routes } from '../routes.ts'
import { requireAnyone, requireVersion } from './caller.ts'
import {
  listCollectionsOfUser,
  listOwnCollections,
  readCollectionStatus,
  settleCollections,
  startCollection,
} from './collections.ts'
import { listCompanies } from './companies.ts'
import { createConsent, deleteConsent, listConsentsOfUser, listOwnConsents, readConsentStatus } from './consents.ts'
import { INSURELY_SANDBOX_GUIDE } from './guide.ts'
import { settleConsents } from './life.ts'
import { createPhoneRoutes, phonePath } from './phone.ts'
import { bankFailed, InsurelyRefusal, notFound, tooManyRequests, toReply } from './refusal.ts'
import type { InsurelyRules, InsurelyState } from './state.ts'
import { createState } from './state.ts'
import { anonymizeUser, createSession, createUser, findUser, readUser } from './users.ts'
import type { WebhookSettings } from './webhook.ts'
import { createWebhook } from './webhook.ts'

export interface InsurelySandboxOptions extends Partial<InsurelyRules> {
  /** Default: real time. */
  readonly clock?: Clock
  /** Default 0, any free port. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Where browsers reach it, if not at host and port. */
  readonly publicUrl?: string
  /** Told of every collection that has ended. Default: nobody. */
  readonly webhook?: WebhookSettings
  /** Keeps users, consents, collections and the ledger over restarts. Default: they end with the process. */
  readonly stateFile?: string
}

export interface InsurelySandbox extends Simulator {
  /** The page that plays the BankID app, for browsers. */
  readonly phoneUrl: string
}

/** Real time; how soon a webhook tells of an end that nobody asked about. */
const webhookCheckMs = 250

const defaultRules: InsurelyRules = {
  repeatedExternalId: 409,
  sessionSeconds: 900,
  bankAnswerMs: 300,
  pollingIntervalMs: 1000,
  slowDelayMs: 3000,
}

export async function createInsurelySandbox(options: InsurelySandboxOptions = {}): Promise<InsurelySandbox> {
  const { clock = systemClock, port, host, publicUrl, webhook: webhookSettings, stateFile, ...rules } = options
  const journal = openJournal(stateFile)
  const ledger = createLedger(clock, journal)
  const webhook = createWebhook(webhookSettings, clock, ledger)
  const state = createState({ rules: { ...defaultRules, ...rules }, clock, ledger, webhook }, journal)
  const watch = webhookSettings && setInterval(() => settleCollections(state), webhookCheckMs).unref()
  const simulator = await createSimulator({
    name: 'insurely',
    routes: { 'GET /': () => guidePage('Insurely sandbox', INSURELY_SANDBOX_GUIDE), ...createRoutes(state) },
    clock,
    ledger,
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    around: (request, next) => answerAsInsurely(state, request, next),
    fallback: (request) => {
      requireVersion(request)
      throw notFound('The endpoint')
    },
    onClose: () => {
      clearInterval(watch)
      webhook.close()
      journal.close()
    },
  })
  return { ...simulator, phoneUrl: `${publicUrl ?? simulator.url}${phonePath}` }
}

function createRoutes(state: InsurelyState): Routes {
  const api: Record<string, (state: InsurelyState, request: SimulatorRequest) => Reply> = {
    'POST /users': createUser,
    'GET /users': findUser,
    'GET /users/:userUuid': readUser,
    'DELETE /users/:userUuid': anonymizeUser,
    'POST /users/:userUuid/sessions': createSession,
    'GET /users/:userUuid/consents': listConsentsOfUser,
    'GET /users/:userUuid/collections': listCollectionsOfUser,
    'POST /consents': createConsent,
    'GET /consents': listOwnConsents,
    'GET /consents/:consentId/status': readConsentStatus,
    'DELETE /consents/:consentId': deleteConsent,
    'GET /companies/availability': (_state, request) => {
      requireAnyone(state, request)
      return listCompanies()
    },
    'POST /collections': startCollection,
    'GET /collections': listOwnCollections,
    'GET /collections/:collectionId/status': readCollectionStatus,
  }
  const versioned = Object.entries(api).map(([route, answer]): [string, RouteAnswer] => [
    route,
    (request) => {
      requireVersion(request)
      return answer(state, request)
    },
  ])
  return { ...Object.fromEntries(versioned), ...createPhoneRoutes(state) }
}

/** What is the same on every path: what time has brought about, companies that misbehave by name, the form of errors. */
async function answerAsInsurely(
  state: InsurelyState,
  request: SimulatorRequest,
  next: () => Promise<Reply>,
): Promise<Reply> {
  settleConsents(state)
  settleCollections(state)
  const company = request.path.startsWith(phonePath) ? '' : companyOf(state, request)
  const suffix = institutionSuffix(company)
  try {
    if (suffix === '429') limitPolls(state, request)
    if (suffix === '5xx' && request.method === 'POST') throw bankFailed()
    const reply = await next()
    return suffix === 'slow' ? { ...reply, delayMs: state.rules.slowDelayMs } : reply
  } catch (error) {
    if (error instanceof InsurelyRefusal) return toReply(error)
    throw error
  }
}

/** The company that a call is about, by its consent or by what it wants to create. */
function companyOf({ consents }: InsurelyState, request: SimulatorRequest): string {
  const consent = consents.get(request.params['consentId'] ?? '')
  if (consent) return consent.company
  return /"company"\s*:\s*"([\w-]+)"/.exec(request.body.toString('utf8'))?.[1] ?? ''
}

/** Every second poll of a consent is one too many. */
function limitPolls({ polls }: InsurelyState, { method, params }: SimulatorRequest): void {
  const consentId = params['consentId']
  if (consentId === undefined || method !== 'GET') return
  const count = (polls.get(consentId) ?? 0) + 1
  polls.set(consentId, count)
  if (count % 2 === 0) throw tooManyRequests()
}
