import type { RateLimitSettings } from '../../src/services/rate-limits.ts'

export const NO_RATE_LIMITS: RateLimitSettings = {
  clientOperations: 0,
  clientMutations: 0,
  clientAuthorizations: 0,
  clientTokens: 0,
  userOperations: 0,
  userStarts: 0,
  userAnswers: 0,
  userResends: 0,
  userTokens: 0,
}
