import type { Clock } from '../domain/clock.ts'
import type { ProviderId } from '../domain/provider-id.ts'

export interface SandboxGuide {
  readonly provider: ProviderId
  readonly institutionRef: string | null
  readonly title: string
  readonly tryThis: string
  readonly expect: string
}

/** Where a person finds the simulators' own pages. */
export interface SandboxDirectory {
  readonly clock: Clock
  readonly guide: readonly SandboxGuide[]
  readonly inboxUrl: string
  readonly phoneUrl: string
}
