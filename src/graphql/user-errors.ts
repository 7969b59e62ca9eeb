import type { UserErrorCode } from '../domain/errors.ts'
import type { IdempotentResult } from '../domain/idempotency.ts'
import type { MutationView, UserErrorName } from './views.ts'

/** The type under which each code is shown. */
const ERROR_TYPES = {
  INVALID_INPUT: 'InvalidInputError',
  VALIDITY_TOO_LONG: 'InvalidInputError',
  STEP_UNSUPPORTED: 'InvalidInputError',
  CAPABILITY_NOT_SUPPORTED: 'InvalidInputError',
  NOT_FOUND: 'NotFoundError',
  WRONG_OTP: 'WrongOtpError',
  STEP_CHANGED: 'StepChangedError',
  STATE_CONFLICT: 'StateConflictError',
  SESSION_EXPIRED: 'StateConflictError',
  OTP_EXPIRED: 'StateConflictError',
  OTP_ATTEMPTS_EXHAUSTED: 'StateConflictError',
  PROVIDER_PROBLEM: 'ProviderError',
  INSTITUTION_UNAVAILABLE: 'ProviderError',
  RATE_LIMITED: 'RequestError',
  RESEND_TOO_SOON: 'RequestError',
  NOT_ALLOWED: 'RequestError',
  IDEMPOTENCY_KEY_REUSED: 'RequestError',
  IDEMPOTENCY_IN_PROGRESS: 'RequestError',
} as const satisfies Record<UserErrorCode, UserErrorName>

export const toMutationView = (result: IdempotentResult): MutationView => {
  const { userId, consentId, authSessionId } = result
  const subject = { userId, consentId, authSessionId }
  return {
    ...subject,
    userErrors: result.userErrors.map((fault) => ({ ...fault, ...subject, __typename: ERROR_TYPES[fault.code] })),
  }
}
