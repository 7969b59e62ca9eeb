import type { AuthSessionId, ClientId, ConsentId, UserId, WebhookEndpointId } from './ids.ts'
import type { UserFault } from './user-fault.ts'

/** What a replay needs to build the payload again: ids and user errors, never a body, token or code. */
export interface IdempotentResult {
  readonly userId: UserId | null
  readonly consentId: ConsentId | null
  readonly authSessionId: AuthSessionId | null
  /** Of mutations about one. */
  readonly webhookEndpointId?: WebhookEndpointId
  readonly userErrors: readonly UserFault[]
}

export interface IdempotencyKey {
  readonly clientId: ClientId
  /** The user of a user token; null for an API key. Keys of the two never meet. */
  readonly userId: UserId | null
  readonly operation: string
  readonly key: string
}

export interface IdempotencyRecord extends IdempotencyKey {
  /** Keyed HMAC of the input without what may not be stored. */
  readonly fingerprint: string
  readonly state: 'RUNNING' | 'DONE'
  /** While RUNNING and before this, another request waits; after it, the request that ran is dead. Real time. */
  readonly runningUntil: Date
  readonly result: IdempotentResult
  readonly createdAt: Date
}
