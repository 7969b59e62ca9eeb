import type { ProblemReport } from './problem.ts'
import type { ProviderId } from './provider-id.ts'
import type { AuthSessionId, ClientId, ConsentId, UserId, WebhookEndpointId } from './ids.ts'

export type ConsentStatus =
  | 'INITIATED'
  | 'AWAITING_AUTHORIZATION'
  | 'PARTIALLY_AUTHORIZED'
  | 'AUTHORIZED'
  | 'REJECTED'
  | 'REVOKED'
  | 'EXPIRED'
  | 'FAILED'

export type ConsentStatusReason =
  | 'DENIED_BY_USER'
  | 'CANCELLED_BY_USER'
  | 'ABANDONED'
  | 'OTP_REJECTED'
  | 'OTP_EXPIRED'
  | 'AUTHENTICATION_FAILED'
  | 'SESSION_EXPIRED'
  | 'REVOKED_BY_USER'
  | 'REVOKED_BY_CLIENT'
  | 'REVOKED_AT_INSTITUTION'
  | 'SUPERSEDED'
  | 'VALIDITY_ENDED'
  | 'USER_ERASED'
  | 'PROVIDER_ERROR'

/** How an observation reached the gateway. */
export type ObservationSource = 'START' | 'POLL' | 'WEBHOOK' | 'CALLBACK' | 'ANSWER' | 'REVOKE' | 'CLOCK' | 'READ'

export interface ProviderStatus {
  /** The provider's word, untouched. */
  readonly raw: string | null
  readonly detail: string | null
  readonly observedAt: Date
  readonly source: ObservationSource
  /** False where the mapping does not know the word; such a word never moves the status. */
  readonly recognized: boolean
}

export interface ConsentAccess {
  readonly permissions: readonly string[]
  readonly accountIds: readonly string[] | null
  readonly balances: boolean | null
  readonly transactions: boolean | null
  readonly validFrom: Date | null
  readonly validUntil: Date | null
}

export type RevocationState = 'PROVIDER_PENDING' | 'CONFIRMED' | 'NEEDS_ATTENTION'

export interface Revocation {
  readonly state: RevocationState
  readonly requestedAt: Date
  readonly attempts: number
  readonly nextAttemptAt: Date | null
  readonly confirmedAt: Date | null
  readonly lastProblem: ProblemReport | null
}

export interface Consent {
  readonly id: ConsentId
  readonly clientId: ClientId
  readonly userId: UserId
  readonly provider: ProviderId
  /** The institution's name at its provider; null while the person has not chosen one. */
  readonly institutionRef: string | null
  readonly status: ConsentStatus
  readonly statusReason: ConsentStatusReason | null
  readonly providerStatus: ProviderStatus | null
  /** Grows by one with every stored change; the compare-and-set key. */
  readonly version: number
  readonly providerConsentId: string | null
  /** What the connector needs to use or revoke this consent (an OBP Consent-JWT). Sealed at rest. */
  readonly secrets: Secrets | null
  readonly requestedAccess: ConsentAccess
  readonly access: ConsentAccess | null
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly authorizedAt: Date | null
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  readonly renewedFrom: ConsentId | null
  readonly supersededBy: ConsentId | null
  readonly revocation: Revocation | null
  readonly currentSessionId: AuthSessionId | null
  /** Where its client wants its events, besides where all events go. */
  readonly webhookEndpointId: WebhookEndpointId | null
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** A connector's private words: opaque to everybody else, JSON, sealed at rest. */
export type Secrets = { readonly [name: string]: Json }

/**
 * Where each status may go. Final statuses go nowhere. INITIATED may go straight to AUTHORIZED: OBP skips SCA for some
 * consumers, and a webhook can outrun our own commit.
 */
export const CONSENT_TRANSITIONS = {
  INITIATED: [
    'AWAITING_AUTHORIZATION',
    'PARTIALLY_AUTHORIZED',
    'AUTHORIZED',
    'REJECTED',
    'EXPIRED',
    'FAILED',
    'REVOKED',
  ],
  AWAITING_AUTHORIZATION: ['PARTIALLY_AUTHORIZED', 'AUTHORIZED', 'REJECTED', 'EXPIRED', 'FAILED', 'REVOKED'],
  PARTIALLY_AUTHORIZED: ['AUTHORIZED', 'REJECTED', 'EXPIRED', 'FAILED', 'REVOKED'],
  AUTHORIZED: ['REVOKED', 'EXPIRED'],
  REJECTED: [],
  REVOKED: [],
  EXPIRED: [],
  FAILED: [],
} as const satisfies Record<ConsentStatus, readonly ConsentStatus[]>

export const CONSENT_STATUSES = Object.keys(CONSENT_TRANSITIONS) as readonly ConsentStatus[]

export const isFinalConsent = (status: ConsentStatus): boolean => CONSENT_TRANSITIONS[status].length === 0

/** The rule that took or ignored an observation; shown by `Consent.explain`. */
export type TransitionRule =
  | 'APPLIED'
  | 'SAME_STATUS'
  | 'FINAL_ABSORBS'
  | 'WORD_NOT_RECOGNIZED'
  | 'NOT_REACHABLE'
  | 'LATE_GRANT_TAKEN_BACK'

export interface TransitionVerdict {
  readonly applied: boolean
  readonly rule: TransitionRule
}

const verdict = (rule: TransitionRule, applied = false): TransitionVerdict => ({ applied, rule })

/**
 * May an observation move the status? Pure and total over every pair.
 *
 * @param observed the unified status the observation stands for; null where the provider's word is not known
 */
export const judgeTransition = (current: ConsentStatus, observed: ConsentStatus | null): TransitionVerdict => {
  if (observed === null) return verdict('WORD_NOT_RECOGNIZED')
  if (isFinalConsent(current)) return verdict('FINAL_ABSORBS')
  if (observed === current) return verdict('SAME_STATUS')
  const reachable: readonly ConsentStatus[] = CONSENT_TRANSITIONS[current]
  return reachable.includes(observed) ? verdict('APPLIED', true) : verdict('NOT_REACHABLE')
}
