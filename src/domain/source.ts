import type { GatewayError } from './errors.ts'
import type { ProblemReport } from './problem.ts'
import type { ProviderId } from './provider-id.ts'
import type { StoredConsent } from './store.ts'

export type SourceOutcome =
  | 'LIVE'
  | 'CACHED'
  | 'STALE'
  | 'TIMEOUT'
  | 'CIRCUIT_OPEN'
  | 'RATE_LIMITED'
  | 'FAILED'
  | 'NOT_CONFIGURED'

/** How fresh something is, and what its provider answered when it was last asked. */
export interface SourceReport {
  readonly provider: ProviderId
  readonly outcome: SourceOutcome
  /** When the provider last confirmed what is shown. */
  readonly observedAt: Date | null
  /** True where the provider was asked and did not answer, so that older knowledge is shown. */
  readonly stale: boolean
  readonly problem: ProblemReport | null
}

/** A consent with the report of where this reading of it comes from. */
export interface ConsentView {
  readonly consent: StoredConsent
  readonly source: SourceReport
}

export const outcomeOf = (error: GatewayError): SourceOutcome => {
  if (error.circuitOpen) return 'CIRCUIT_OPEN'
  if (error.code === 'PROVIDER_TIMEOUT' || error.code === 'DEADLINE_EXCEEDED') return 'TIMEOUT'
  if (error.code === 'PROVIDER_RATE_LIMITED') return 'RATE_LIMITED'
  return 'FAILED'
}
