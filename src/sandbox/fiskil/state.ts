import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import type { Inbox } from '../inbox.ts'
import { institutionSuffix } from '../institution-flow.ts'
import type { Collection, Journal } from '../journal.ts'
import type { Ledger } from '../ledger.ts'
import type { Webhooks } from './webhooks.ts'

const token = z.object({ token: z.string(), expiresAt: z.coerce.date() })
export type Token = Readonly<z.infer<typeof token>>

const endUser = z.object({
  endUserId: z.string(),
  email: z.string().nullable(),
  name: z.string().nullable(),
  phone: z.string().nullable(),
  abn: z.string().nullable(),
})
export type EndUser = Readonly<z.infer<typeof endUser>>

const session = z.object({
  sessionId: z.string(),
  endUserId: z.string(),
  redirectUri: z.string(),
  cancelUri: z.string(),
  /** What the client locked; null lets the person choose. */
  institutionId: z.string().nullable(),
  permissions: z.array(z.string()),
  /** The consent that is renewed. */
  arrangementId: z.string().nullable(),
  expiresAt: z.coerce.date(),
  /** Used up, whichever way it ended. */
  ended: z.boolean(),
})
export type Session = Readonly<z.infer<typeof session>>

const consent = z.object({
  arrangementId: z.string(),
  endUserId: z.string(),
  institutionId: z.string(),
  permissions: z.array(z.string()),
  /** Keys of accounts. */
  accounts: z.array(z.string()),
  durationSeconds: z.number(),
  createdAt: z.coerce.date(),
  lastConsentAt: z.coerce.date(),
  expiresAt: z.coerce.date(),
  active: z.boolean(),
  failedDeletes: z.number(),
})
export type Consent = Readonly<z.infer<typeof consent>>

export type ApiVersion = 'v1' | 'v2' | 'v3'

export interface FiskilRules {
  /** The name of the token in its answer differs between generations of the documentation. */
  readonly tokenField: 'token' | 'access_token'
  readonly tokenSeconds: number
  /** Documented, and not seen in the live sandbox: a second end user with an e-mail address is refused. */
  readonly uniqueEmails: boolean
  /** 10 to 15 minutes by the documentation, five days in the live sandbox. */
  readonly sessionSeconds: number
  readonly sessionExpiryForm: 'epoch-seconds' | 'date-time'
  readonly consentSeconds: number
  /** Accounts are listed this long after the consent. */
  readonly syncSeconds: number
  /** The format without an X-Fiskil-Version header. */
  readonly pinnedVersion: ApiVersion
  readonly slowDelayMs: number
}

/** All that the routes share. */
export interface FiskilState {
  readonly rules: FiskilRules
  readonly clock: Clock
  readonly inbox: Inbox
  readonly ledger: Ledger
  readonly webhooks: Webhooks
  readonly tokens: Collection<Token>
  readonly endUsers: Collection<EndUser>
  readonly sessions: Collection<Session>
  readonly consents: Collection<Consent>
}

type Parts = Pick<FiskilState, 'rules' | 'clock' | 'inbox' | 'ledger' | 'webhooks'>

export function createState(parts: Parts, journal: Journal): FiskilState {
  return {
    ...parts,
    tokens: journal.collection('token', (stored): Token => token.parse(stored)),
    endUsers: journal.collection('end-user', (stored): EndUser => endUser.parse(stored)),
    sessions: journal.collection('session', (stored): Session => session.parse(stored)),
    consents: journal.collection('consent', (stored): Consent => consent.parse(stored)),
  }
}

const expiresSoonSeconds = 60

export function lifeOf({ rules, clock }: FiskilState, institutionId: string) {
  const durationSeconds =
    institutionSuffix(institutionId) === 'expires-soon' ? expiresSoonSeconds : rules.consentSeconds
  const now = clock.now()
  return { durationSeconds, lastConsentAt: now, expiresAt: new Date(now.getTime() + durationSeconds * 1000) }
}

type ConsentEvent = 'consent.received' | 'consent.updated' | 'consent.revoked'

/** Stores the consent and says so. `effect` is the ledger's word: what the webhook calls revoked may have run out. */
export function writeConsent(state: FiskilState, written: Consent, event: ConsentEvent, effect: string): Consent {
  const { arrangementId, endUserId } = written
  state.consents.set(arrangementId, written)
  state.ledger.record(effect, { arrangementId, endUserId })
  state.webhooks.send(event, written)
  return written
}

export function endConsent(state: FiskilState, live: Consent, effect: 'consent.revoked' | 'consent.expired'): void {
  if (live.active) writeConsent(state, { ...live, active: false }, 'consent.revoked', effect)
}

export function expireConsents(state: FiskilState): void {
  const now = state.clock.now()
  for (const held of state.consents.values()) {
    if (held.active && held.expiresAt <= now) endConsent(state, held, 'consent.expired')
  }
}

/** Its end uses a session up. */
export function endSession(state: FiskilState, open: Session, outcome: string): void {
  state.sessions.set(open.sessionId, { ...open, ended: true })
  state.ledger.record('session.ended', { sessionId: open.sessionId, outcome })
}

export const consentsOf = ({ consents }: FiskilState, endUserId: string): readonly Consent[] =>
  consents.values().filter((one) => one.endUserId === endUserId)
