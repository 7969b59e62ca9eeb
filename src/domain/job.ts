import type { AuthSessionId, ConsentId, UserId, WebhookEndpointId } from './ids.ts'
import type { ProviderId } from './provider-id.ts'

/** REVOKE, RECONCILE_SESSION, POLL_CONSENT, ERASE_USER, SEND_WEBHOOKS and PRUNE are due in real time; the others by the clock that consents live by. */
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
  | 'PRUNE'

export interface JobName {
  readonly kind: JobKind
  /** `store` for what there is one of. */
  readonly subject: ConsentId | AuthSessionId | UserId | WebhookEndpointId | 'store'
}

/** Whom the job's calls go to. */
export interface JobPlace {
  readonly provider: ProviderId
  /** Null while the person has not chosen one. */
  readonly institutionRef: string | null
}

/** Work without a request, leased with a fencing number: what a holder commits after its lease moved on is refused. */
export interface ClaimedJob extends JobName {
  readonly dueAt: Date
  /** Claims so far, this one included. */
  readonly attempts: number
  readonly fence: number
  /** Of its consent or session; null for other subjects, and for one that is gone. */
  readonly place: JobPlace | null
}
