import { type ErrorCode, type GatewayError, isProblemCode, type ProblemCode } from './errors.ts'

/** What went wrong at a provider, as it is stored and shown. Holds nothing private. */
export interface ProblemReport {
  readonly code: ProblemCode
  readonly message: string
  readonly retryable: boolean
  readonly retryAt: Date | null
  readonly providerCode: string | null
  readonly requestId: string
}

/** What the other words mean where a provider's answer was to come. */
const toProblemCode = (code: ErrorCode): ProblemCode => {
  if (isProblemCode(code)) return code
  if (code === 'DEADLINE_EXCEEDED') return 'PROVIDER_TIMEOUT'
  // It may have answered, and the answer could not be kept: ask again, as if it had not.
  if (code === 'STORE_UNAVAILABLE') return 'PROVIDER_UNAVAILABLE'
  return code === 'INTERNAL' ? 'PROVIDER_CONTRACT_VIOLATION' : 'PROVIDER_REJECTED'
}

export const toProblemReport = (error: GatewayError, requestId: string): ProblemReport => ({
  code: toProblemCode(error.code),
  message: error.message,
  retryable: error.retryable,
  retryAt: error.retryAt,
  providerCode: error.providerCode,
  requestId,
})
