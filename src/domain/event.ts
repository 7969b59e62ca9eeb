import type { ConsentStatus, ConsentStatusReason, ProviderStatus, Revocation } from './consent.ts'
import type { AuthSessionId, ClientId, ConsentId, EventId, StepId, UserId } from './ids.ts'
import type { ProviderId } from './provider-id.ts'

/** What happened, spelled as the schema's types. Nothing in it is personal or secret: the log outlives an erasure. */
export type ConsentEventBody =
  | {
      readonly type: 'ConsentStatusChanged'
      readonly from: ConsentStatus | null
      readonly to: ConsentStatus
      readonly reason: ConsentStatusReason | null
      readonly providerStatus: ProviderStatus | null
    }
  | { readonly type: 'ConsentDetailsChanged'; readonly changed: readonly string[] }
  | { readonly type: 'ConsentExpiringSoon'; readonly daysLeft: number }
  | { readonly type: 'ConsentRevocationProgressed'; readonly revocation: Revocation }
  | { readonly type: 'AuthStepChanged'; readonly authSessionId: AuthSessionId; readonly stepId: StepId }

export type ConsentEventType = ConsentEventBody['type']

export interface NewConsentEvent {
  readonly id: EventId
  readonly at: Date
  readonly clientId: ClientId
  readonly userId: UserId
  readonly consentId: ConsentId
  readonly provider: ProviderId
  /** The consent's version right after the change. */
  readonly consentVersion: number
  readonly body: ConsentEventBody
}

/** A position in commit order. Opaque: only the store that wrote it can compare two. */
export type EventCursor = string & { readonly __cursor: 'event' }

export interface ConsentEvent extends NewConsentEvent {
  readonly cursor: EventCursor
}
