/** Of operations, tokens and users; by `RATE_LIMIT_` and their names they are set. */
export const RATE_LIMITS = [
  'CLIENT_OPERATIONS',
  'CLIENT_MUTATIONS',
  'CLIENT_AUTHORIZATIONS',
  'CLIENT_TOKENS',
  'USER_OPERATIONS',
  'USER_STARTS',
  'USER_ANSWERS',
  'USER_RESENDS',
  'USER_TOKENS',
] as const

/**
 * For a gateway that is asked in a minute what many clients ask in a day. Its rate limits stay on, and out of reach: they are
 * other suites' business.
 */
export const HIGH_LIMITS: Readonly<Record<string, string>> = Object.fromEntries(
  [...RATE_LIMITS, 'FAILED_CREDENTIALS'].map((name) => [`RATE_LIMIT_${name}`, '1000000']),
)
