import { type GatewayError, isProblemCode, type ProblemCode } from './errors.ts'

/** What went wrong at a provider, as it is stored and shown. Holds nothing private. */
export interface ProblemReport {
  readonly code: ProblemCode
  readonly message: string
  readonly retryable: boolean
  readonly retryAt: Date | null
  readonly providerCode: string | null
  readonly requestId: string
}

/** A fault that is not the provider's own words for itself counts as a broken contract: nothing else can come from one. */
export const toProblemReport = (error: GatewayError, requestId: string): ProblemReport => ({
  code: isProblemCode(error.code) ? error.code : 'PROVIDER_REJECTED',
  message: error.message,
  retryable: error.retryable,
  retryAt: error.retryAt,
  providerCode: error.providerCode,
  requestId,
})
