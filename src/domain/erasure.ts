import { type AuthSession, isFinalSession } from './auth-session.ts'
import type { Consent } from './consent.ts'
import type { ClientId, ConsentId, UserId } from './ids.ts'
import type { ProblemReport } from './problem.ts'
import type { ProviderId } from './provider-id.ts'

export type ErasureState = 'IN_PROGRESS' | 'COMPLETED' | 'NEEDS_ATTENTION' | 'NOT_SUPPORTED'

export interface ProviderErasure {
  readonly provider: ProviderId
  /** NOT_SUPPORTED: the provider keeps no user of its own, or has no way to forget one. */
  readonly state: ErasureState
  readonly lastProblem: ProblemReport | null
  /** How often it was asked in vain. */
  readonly tries: number
}

/**
 * TAKEN_BACK: the person approved after all, and the consent that came of it was revoked. UNKNOWN: they did, and the answer
 * was lost, or the provider refused it.
 */
export type GrantOutcome = 'NONE_CAME' | 'TAKEN_BACK' | 'UNKNOWN'

/** An authorization that had ended when the erasure began, and that the person could still approve at their bank. */
export interface AwaitedGrant {
  readonly consentId: ConsentId
  readonly provider: ProviderId
  /** Its own end: the erasure is not complete before. */
  readonly until: Date
  /** Null while it is waited for. */
  readonly outcome: GrantOutcome | null
}

/** How far the erasure of a user is. Holds nothing personal: it outlives the user. */
export interface UserErasure {
  readonly requestedAt: Date
  readonly completedAt: Date | null
  readonly providers: readonly ProviderErasure[]
  /** Consents that a provider has not confirmed yet, and for which a person must look. */
  readonly stuckConsents: number
  readonly awaited: readonly AwaitedGrant[]
}

interface OfUser {
  readonly clientId: ClientId
  readonly userId: UserId
  readonly erasure: UserErasure
}

/** Each conflicts unless the user is there and not erased. */
export type ErasureWrite =
  /** How far the erasure is. */
  | ({ readonly kind: 'user.erasing' } & OfUser)
  /** Frees the external id and forgets where the user asked from, and the links but for these providers'. */
  | ({ readonly kind: 'user.forget'; readonly keepLinks: readonly ProviderId[] } & OfUser)
  /** As `forget`, with all links; for good. */
  | ({ readonly kind: 'user.erase'; readonly at: Date } & OfUser)

export const erasureStateOf = ({ completedAt, providers, stuckConsents }: UserErasure): ErasureState => {
  if (completedAt !== null) return 'COMPLETED'
  const needsAttention = stuckConsents > 0 || providers.some(({ state }) => state === 'NEEDS_ATTENTION')
  return needsAttention ? 'NEEDS_ATTENTION' : 'IN_PROGRESS'
}

/** When the last authorization that is waited for has its end; null where none is. */
export const waitsUntil = ({ awaited }: UserErasure): Date | null => {
  const ends = awaited.flatMap(({ until, outcome }) => (outcome === null ? [until.getTime()] : []))
  return ends.length === 0 ? null : new Date(Math.max(...ends))
}

const wasTakenBack = ({ revocation }: Consent): boolean => revocation?.state === 'CONFIRMED' && revocation.attempts > 0

/** May the bank send a code, or make a consent, for an authorization that has ended here? Its connector's state takes it. */
export const mayBeGranted = (session: AuthSession, consent: Consent, now: Date): boolean =>
  isFinalSession(session.status) &&
  Object.keys(session.state).length > 0 &&
  session.expiresAt > now &&
  consent.authorizedAt === null &&
  !wasTakenBack(consent)

export const grantOutcomeOf = (session: AuthSession | undefined, consent: Consent | undefined): GrantOutcome => {
  if (consent !== undefined && wasTakenBack(consent)) return 'TAKEN_BACK'
  return session?.problem == null ? 'NONE_CAME' : 'UNKNOWN'
}
