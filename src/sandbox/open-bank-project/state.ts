import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import type { Inbox } from '../inbox.ts'
import type { Collection, Journal } from '../journal.ts'
import type { Ledger } from '../ledger.ts'

const consent = z.object({
  consentId: z.string(),
  userId: z.string(),
  bankId: z.string(),
  consumerId: z.string(),
  secret: z.string(),
  jwt: z.string(),
  /** A word of the server's own, known or not. */
  status: z.string(),
  challenge: z.string(),
  createdAt: z.coerce.date(),
  expiresAt: z.coerce.date(),
  lastActionAt: z.coerce.date(),
  lastUsageAt: z.coerce.date().nullable(),
})
export type Consent = Readonly<z.infer<typeof consent>>

const token = z.object({
  token: z.string(),
  userId: z.string(),
  consumerId: z.string(),
  expiresAt: z.coerce.date(),
})
export type Token = Readonly<z.infer<typeof token>>

export interface ObpRules {
  /** Whose behaviour: the server read in October 2024, or its state of 2026. */
  readonly generation: '2024' | '2026'
  readonly maxTimeToLiveSeconds: number
  readonly consumerValidation: 'CONSUMER_KEY_VALUE' | 'CONSUMER_CERTIFICATE' | 'NONE'
  readonly consentsAllowed: boolean
  readonly loginStatus: 200 | 201
  readonly badTokenStatus: 400 | 401
  readonly slowDelayMs: number
}

/** All that the routes share. */
export interface ObpState {
  readonly rules: ObpRules
  readonly clock: Clock
  readonly inbox: Inbox
  readonly ledger: Ledger
  readonly consents: Collection<Consent>
  readonly tokens: Collection<Token>
  /** Wrong passwords in a row, by username; a restart forgets them. */
  readonly badLogins: Map<string, number>
}

export function createState(
  parts: { readonly rules: ObpRules; readonly clock: Clock; readonly inbox: Inbox; readonly ledger: Ledger },
  journal: Journal,
): ObpState {
  return {
    ...parts,
    consents: journal.collection('consent', (stored): Consent => consent.parse(stored)),
    tokens: journal.collection('token', (stored): Token => token.parse(stored)),
    badLogins: new Map(),
  }
}

/** Writes the new status as the last action on the consent. */
export function moveConsent(state: ObpState, from: Consent, status: string): Consent {
  const moved: Consent = { ...from, status, lastActionAt: state.clock.now() }
  state.consents.set(moved.consentId, moved)
  return moved
}

const sweepIntervalMs = 595_000

/** 2026 only: what had run out by the last sweep is EXPIRED. Sweeps are due at fixed instants, whoever looks. */
export function sweepExpired(state: ObpState): void {
  if (state.rules.generation !== '2026') return
  const lastSweepMs = Math.floor(state.clock.now().getTime() / sweepIntervalMs) * sweepIntervalMs
  for (const held of state.consents.values()) {
    if (held.status !== 'ACCEPTED' || held.expiresAt.getTime() > lastSweepMs) continue
    moveConsent(state, held, 'EXPIRED')
    state.ledger.record('consent.expired', { consentId: held.consentId })
  }
}
