import type { UserErrorCode } from './errors.ts'
import type { ProblemReport } from './problem.ts'

/** An expected outcome of a mutation, as its payload's `userErrors` shows it. Holds nothing private: replays store it. */
export interface UserFault {
  readonly code: UserErrorCode
  readonly message: string
  readonly path: readonly string[] | null
  readonly retryAt: Date | null
  /** With PROVIDER_PROBLEM and INSTITUTION_UNAVAILABLE. */
  readonly problem: ProblemReport | null
  /** With WRONG_OTP. */
  readonly attemptsRemaining: number | null
  readonly consentLost: boolean
}
