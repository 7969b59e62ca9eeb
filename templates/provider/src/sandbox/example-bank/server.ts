/**
 * The Example Bank simulator. List here the quirks of the real service that it keeps, and the choices where nobody knows:
 *  1. DELETE of a consent that has ended is 204; of one that is unknown, 404.
 *  2. The person comes back with `state` and `consent`, whatever was decided.
 * It shares no code with the connector, so that a mistake is not made twice. Ends of bank ids choose a behaviour.
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import { systemClock } from '../../domain/clock.ts'
import type { Simulator } from '../http.ts'
import { createSimulator } from '../http.ts'
import { institutionSuffix } from '../institution-flow.ts'
import type { Collection } from '../journal.ts'
import { openJournal } from '../journal.ts'
import type { Ledger } from '../ledger.ts'
import { createLedger } from '../ledger.ts'
import { html, page } from '../page.ts'
import type { Reply } from '../reply.ts'
import { empty, json, seeOther } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import type { RouteAnswer, Routes } from '../routes.ts'

/** What a client of this sandbox is configured with; worth nothing anywhere else. */
export const EXAMPLE_BANK_SANDBOX_SEED = { apiKey: 'sandbox-example-bank-key' } as const

const BANKS = [
  { id: 'sandbox.redirect', name: 'Sandbox Redirect' },
  { id: 'sandbox.redirect-weird-status', name: 'Sandbox Weird' },
] as const

const LINK_MS = 15 * 60_000
const CONSENT_MS = 90 * 86_400_000

const stored = z.object({
  id: z.string(),
  bank: z.string(),
  balances: z.boolean(),
  transactions: z.boolean(),
  redirect: z.string(),
  state: z.string(),
  /** As last written; `wordAt` says what it is by now. */
  status: z.enum(['waiting', 'granted', 'denied', 'withdrawn']),
  linkEndsAt: z.coerce.date(),
  expiresAt: z.coerce.date().nullable(),
})
type Consent = Readonly<z.infer<typeof stored>>

const posted = stored.pick({ bank: true, balances: true, transactions: true, redirect: true, state: true })

interface State {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly consents: Collection<Consent>
}

function wordAt({ bank, status, linkEndsAt, expiresAt }: Consent, now: Date): string {
  if (status === 'waiting') return linkEndsAt <= now ? 'lapsed' : status
  if (status !== 'granted') return status
  if (expiresAt !== null && expiresAt <= now) return 'ended'
  return institutionSuffix(bank) === 'weird-status' ? 'under_review' : status
}

function write({ consents, ledger }: State, consent: Consent, effect: string): void {
  consents.set(consent.id, consent)
  ledger.record(effect, { consentId: consent.id })
}

const refusal = (status: number, error: string): Reply => json(status, { error })

function startConsent(state: State, request: SimulatorRequest): Reply {
  const wanted = posted.safeParse(request.json())
  if (!wanted.success) return refusal(400, 'bad_request')
  if (!BANKS.some(({ id }) => id === wanted.data.bank)) return refusal(422, 'unknown_bank')
  const id = randomUUID()
  const linkEndsAt = new Date(state.clock.now().getTime() + LINK_MS)
  write(state, { ...wanted.data, id, status: 'waiting', linkEndsAt, expiresAt: null }, 'consent.created')
  return json(201, { id, link: `${request.origin}/approve/${id}`, linkEndsAt })
}

function readConsent({ clock, consents }: State, { params }: SimulatorRequest): Reply {
  const consent = consents.get(params['id'] ?? '')
  if (!consent) return refusal(404, 'unknown_consent')
  const { id, bank, balances, transactions, expiresAt } = consent
  return json(200, { id, bank, status: wordAt(consent, clock.now()), expiresAt, balances, transactions })
}

function endConsent(state: State, { params }: SimulatorRequest): Reply {
  const consent = state.consents.get(params['id'] ?? '')
  if (!consent) return refusal(404, 'unknown_consent')
  const isLive = consent.status === 'waiting' || consent.status === 'granted'
  if (isLive) write(state, { ...consent, status: 'withdrawn' }, 'consent.withdrawn')
  return empty(204)
}

const isOpen = (consent: Consent | undefined, now: Date): consent is Consent =>
  consent !== undefined && wordAt(consent, now) === 'waiting'

const overPage = (): Reply => page({ status: 410, title: 'This link is over', body: html`<p>Start again.</p>` })

function showDecision({ clock, consents }: State, { params }: SimulatorRequest): Reply {
  const consent = consents.get(params['id'] ?? '')
  if (!isOpen(consent, clock.now())) return overPage()
  return page({
    title: 'Share your accounts?',
    formTargets: [new URL(consent.redirect).origin],
    body: html`<form method="post">
      <button name="decision" value="grant">Approve</button>
      <button name="decision" value="deny">Deny</button>
    </form>`,
  })
}

function decide(state: State, request: SimulatorRequest): Reply {
  const now = state.clock.now()
  const consent = state.consents.get(request.params['id'] ?? '')
  if (!isOpen(consent, now)) return overPage()
  const grants = request.form().get('decision') === 'grant'
  const granted = { status: 'granted', expiresAt: new Date(now.getTime() + CONSENT_MS) } as const
  write(
    state,
    { ...consent, ...(grants ? granted : { status: 'denied' }) },
    grants ? 'consent.granted' : 'consent.denied',
  )
  const back = new URL(consent.redirect)
  back.searchParams.set('state', consent.state)
  back.searchParams.set('consent', consent.id)
  return seeOther(back)
}

function createRoutes(state: State): Routes {
  const withKey =
    (answer: RouteAnswer): RouteAnswer =>
    (request) =>
      request.headers.authorization === `Bearer ${EXAMPLE_BANK_SANDBOX_SEED.apiKey}`
        ? answer(request)
        : refusal(401, 'bad_key')
  return {
    'GET /banks': withKey(() => json(200, { banks: BANKS })),
    'POST /consents': withKey((request) => startConsent(state, request)),
    'GET /consents/:id': withKey((request) => readConsent(state, request)),
    'DELETE /consents/:id': withKey((request) => endConsent(state, request)),
    'GET /approve/:id': (request) => showDecision(state, request),
    'POST /approve/:id': (request) => decide(state, request),
  }
}

export interface ExampleBankSandboxOptions {
  /** Default: real time. */
  readonly clock?: Clock
  /** Default 0, any free port. */
  readonly port?: number
  /** Keeps consents and the ledger over restarts. Default: they end with the process. */
  readonly stateFile?: string
}

export async function createExampleBankSandbox(options: ExampleBankSandboxOptions = {}): Promise<Simulator> {
  const { clock = systemClock, port = 0, stateFile } = options
  const journal = openJournal(stateFile)
  const ledger = createLedger(clock, journal)
  const consents = journal.collection('consent', (value): Consent => stored.parse(value))
  return await createSimulator({
    name: 'example-bank',
    routes: createRoutes({ clock, ledger, consents }),
    clock,
    ledger,
    port,
    onClose: () => journal.close(),
  })
}
