import type { ConsentStatus, ConsentStatusReason, Secrets } from './consent.ts'
import type { AuthSessionId, ClientId, ConsentId, UserId } from './ids.ts'
import type { ProblemReport } from './problem.ts'
import type { ProviderId } from './provider-id.ts'
import type { AuthStep } from './step.ts'

export type AuthSessionStatus =
  | 'PENDING'
  | 'AWAITING_USER'
  | 'VERIFYING'
  | 'COMPLETED'
  | 'CANCELLED'
  | 'EXPIRED'
  | 'FAILED'

export interface ReturnTo {
  readonly success: string
  readonly cancel: string | null
}

/** What the provider was being asked when the gateway last called it for this session; how a restart knows what to look for. */
export type InFlight = 'START' | 'ANSWER' | 'RESEND' | 'COMPLETE'

/**
 * The end that a callback without a grant asks for. It waits for the grace window: a valid code may still follow, as where
 * a phone opens the address twice.
 */
export interface PendingEnd {
  readonly status: ConsentStatus
  readonly reason: ConsentStatusReason | null
  readonly raw: string | null
  readonly detail: string | null
}

/** One attempt of a PSU to authorize one consent. */
export interface AuthSession {
  readonly id: AuthSessionId
  readonly clientId: ClientId
  readonly userId: UserId
  readonly consentId: ConsentId
  readonly provider: ProviderId
  readonly institutionRef: string | null
  readonly status: AuthSessionStatus
  readonly version: number
  /** Changes in `version` that only showed another frame of a rotating code. */
  readonly frames: number
  /** Null exactly when the status is PENDING, VERIFYING or final. */
  readonly nextStep: AuthStep | null
  readonly problem: ProblemReport | null
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly expiresAt: Date
  readonly returnTo: ReturnTo | null
  readonly inFlight: InFlight | null
  readonly pendingEnd: PendingEnd | null
  /** The connector's own state. Sealed at rest. */
  readonly state: Secrets
  /** SHA-256 of the state parameter of a redirect, hex. */
  readonly stateHash: string | null
}

type Place = Pick<AuthSession, 'provider' | 'institutionRef'>

/** Could what came of the one have come of the other? A person who chooses at the provider could choose any institution. */
export const isSamePlace = (one: Place, other: Place): boolean =>
  one.provider === other.provider &&
  (one.institutionRef === null || other.institutionRef === null || one.institutionRef === other.institutionRef)

export const AUTH_SESSION_TRANSITIONS = {
  PENDING: ['AWAITING_USER', 'VERIFYING', 'COMPLETED', 'CANCELLED', 'EXPIRED', 'FAILED'],
  AWAITING_USER: ['AWAITING_USER', 'VERIFYING', 'COMPLETED', 'CANCELLED', 'EXPIRED', 'FAILED'],
  VERIFYING: ['AWAITING_USER', 'COMPLETED', 'CANCELLED', 'EXPIRED', 'FAILED'],
  COMPLETED: [],
  CANCELLED: [],
  EXPIRED: [],
  FAILED: [],
} as const satisfies Record<AuthSessionStatus, readonly AuthSessionStatus[]>

export const AUTH_SESSION_STATUSES = Object.keys(AUTH_SESSION_TRANSITIONS) as readonly AuthSessionStatus[]

export const isFinalSession = (status: AuthSessionStatus): boolean => AUTH_SESSION_TRANSITIONS[status].length === 0

export const canMoveSession = (from: AuthSessionStatus, to: AuthSessionStatus): boolean =>
  (AUTH_SESSION_TRANSITIONS[from] as readonly AuthSessionStatus[]).includes(to)
