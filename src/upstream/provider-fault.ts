import { type ErrorCode, GatewayError } from '../domain/errors.ts'
import type { UpstreamResponse } from './response.ts'
import { parseWaitMs } from './retry-after.ts'

export interface ProviderFaultDetails {
  /** As the body gave it. Shown to callers, so what does not look like a code is left out. */
  readonly providerCode?: string | null
  /** For the instant that the provider's wait is added to. Default: now. */
  readonly now?: Date
}

/** `OBP-35001`, `ASPSP_ERROR`, `bad_request`: a word, never a sentence, which may name a person. */
const PROVIDER_CODE = /^[\w.:-]{1,64}$/

const toCode = (response: UpstreamResponse): ErrorCode => {
  const { status } = response
  if (response.uncertain) return 'OUTCOME_UNKNOWN'
  if (status === 401 || status === 403) return 'PROVIDER_CREDENTIALS_INVALID'
  if (status === 408) return 'PROVIDER_TIMEOUT'
  if (status === 429) return 'PROVIDER_RATE_LIMITED'
  if (status >= 500) return 'PROVIDER_UNAVAILABLE'
  return status >= 400 ? 'PROVIDER_REJECTED' : 'PROVIDER_CONTRACT_VIOLATION'
}

/**
 * What an answer means by its status alone, for where the provider's own words say no more. `retryAt` comes from
 * `Retry-After`, or at a 429 from the reset of the rate limit. Redirects are not followed and break the contract.
 */
export const toProviderFault = (response: UpstreamResponse, details: ProviderFaultDetails = {}): GatewayError => {
  const nowMs = details.now?.getTime() ?? Date.now()
  const waitMs = parseWaitMs(response, nowMs)
  const { providerCode } = details
  return new GatewayError(toCode(response), {
    retryAt: waitMs === null ? null : new Date(nowMs + waitMs),
    providerCode: providerCode && PROVIDER_CODE.test(providerCode) ? providerCode : null,
    cause: new Error(`${response.operation} answered ${response.status}`),
  })
}
