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

/** How far the erasure of a user is. Holds nothing personal: it outlives the user. */
export interface UserErasure {
  readonly requestedAt: Date
  readonly completedAt: Date | null
  readonly providers: readonly ProviderErasure[]
  /** Consents that a provider has not confirmed yet, and for which a person must look. */
  readonly stuckConsents: number
}

export const erasureStateOf = ({ completedAt, providers, stuckConsents }: UserErasure): ErasureState => {
  if (completedAt !== null) return 'COMPLETED'
  const needsAttention = stuckConsents > 0 || providers.some(({ state }) => state === 'NEEDS_ATTENTION')
  return needsAttention ? 'NEEDS_ATTENTION' : 'IN_PROGRESS'
}
