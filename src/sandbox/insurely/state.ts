import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import type { Collection, Journal } from '../journal.ts'
import type { Ledger } from '../ledger.ts'
import type { Webhook } from './webhook.ts'

const user = z.object({
  userUuid: z.string(),
  externalId: z.string().nullable(),
  anonymized: z.boolean(),
  createdAt: z.coerce.date(),
  updatedAt: z.coerce.date(),
})
export type User = Readonly<z.infer<typeof user>>

/** A BankID order. `qrStartSecret` never leaves the bank's side. */
const order = z.object({
  orderRef: z.string(),
  autoStartToken: z.string(),
  qrStartToken: z.string(),
  qrStartSecret: z.string(),
  openedAt: z.coerce.date(),
  pickedUpAt: z.coerce.date().nullable(),
})
export type Order = Readonly<z.infer<typeof order>>

const consent = z.object({
  consentId: z.string(),
  userUuid: z.string(),
  company: z.string(),
  loginMethod: z.string(),
  /** SHA-256 of the personal number, which is kept nowhere: tells whose order another one ends. */
  person: z.string(),
  accountIds: z.array(z.string()).nullable(),
  balances: z.boolean(),
  transactions: z.boolean(),
  /** As asked for: a date. */
  validUntil: z.string().nullable(),
  /** A word of the API, or one that nobody documented. */
  status: z.string(),
  createdAt: z.coerce.date(),
  statusChangedAt: z.coerce.date(),
  order: order.nullable(),
  /** How often an order that nobody picked up was replaced. */
  renewals: z.number(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  expiresAt: z.coerce.date().nullable(),
  revokedAt: z.coerce.date().nullable(),
})
export type Consent = Readonly<z.infer<typeof consent>>

const collection = z.object({
  collectionId: z.string(),
  /** Null where it was started by API key alone. */
  userUuid: z.string().nullable(),
  company: z.string(),
  loginMethod: z.string().nullable(),
  /** What it ends as. */
  outcome: z.string(),
  status: z.string(),
  createdAt: z.coerce.date(),
  /** It is ended if nobody asks for its status before. */
  pollingTimeout: z.coerce.date(),
})
export type DataCollection = Readonly<z.infer<typeof collection>>

export interface InsurelyRules {
  /** Nobody knows what a second POST /users with the same externalId gets. */
  readonly repeatedExternalId: 409 | 200
  readonly sessionSeconds: number
  /** INITIATED lasts so long. */
  readonly bankAnswerMs: number
  readonly pollingIntervalMs: number
  readonly slowDelayMs: number
}

/** All that the routes share. */
export interface InsurelyState {
  readonly rules: InsurelyRules
  readonly clock: Clock
  readonly ledger: Ledger
  readonly webhook: Webhook
  readonly users: Collection<User>
  readonly consents: Collection<Consent>
  readonly collections: Collection<DataCollection>
  /** Signs the JWTs of sessions. */
  readonly sessionKey: string
  /** Polls so far, by consent of a company that limits them; a restart forgets them. */
  readonly polls: Map<string, number>
}

type Parts = Pick<InsurelyState, 'rules' | 'clock' | 'ledger' | 'webhook'>

export function createState(parts: Parts, journal: Journal): InsurelyState {
  const keys = journal.collection('key', (stored) => z.string().parse(stored))
  const sessionKey = keys.get('session') ?? randomBytes(32).toString('base64url')
  keys.set('session', sessionKey)
  return {
    ...parts,
    users: journal.collection('user', (stored): User => user.parse(stored)),
    consents: journal.collection('consent', (stored): Consent => consent.parse(stored)),
    collections: journal.collection('collection', (stored): DataCollection => collection.parse(stored)),
    sessionKey,
    polls: new Map(),
  }
}
