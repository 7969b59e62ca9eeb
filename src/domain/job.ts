import type { AuthSessionId, ConsentId, UserId, WebhookEndpointId } from './ids.ts'

/** REVOKE, RECONCILE_SESSION, POLL_CONSENT, ERASE_USER and SEND_WEBHOOKS are due in real time; the others by the clock that consents live by. */
export type JobKind =
  | 'REVOKE'
  | 'RECONCILE_SESSION'
  | 'POLL_CONSENT'
  | 'ERASE_USER'
  | 'EXPIRE_SESSION'
  | 'DENY_SESSION'
  | 'EXPIRE_CONSENT'
  | 'EXPIRY_NOTICE'
  | 'SEND_WEBHOOKS'

export interface JobName {
  readonly kind: JobKind
  readonly subject: ConsentId | AuthSessionId | UserId | WebhookEndpointId
}

/** Work without a request, leased with a fencing number: what a holder commits after its lease moved on is refused. */
export interface ClaimedJob extends JobName {
  readonly dueAt: Date
  /** Claims so far, this one included. */
  readonly attempts: number
  readonly fence: number
}
