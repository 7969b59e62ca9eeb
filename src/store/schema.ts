import type { Generated } from 'kysely'

/**
 * Both engines hold these columns, and nothing else: text, whole numbers, null. Instants are milliseconds since 1970,
 * booleans 0 or 1, documents JSON that no statement looks into. What is sealed is text too.
 */
export interface Database {
  meta: MetaTable
  clients: ClientTable
  former_keys: FormerKeyTable
  users: UserTable
  provider_links: ProviderLinkTable
  consents: ConsentTable
  auth_sessions: AuthSessionTable & CommitStamp
  observations: ObservationTable
  events: EventTable & CommitPosition
  idempotency: IdempotencyTable
  jobs: JobTable
  webhook_endpoints: WebhookEndpointTable
  webhook_messages: WebhookMessageTable
  webhook_deliveries: WebhookDeliveryTable
  rate_buckets: RateBucketTable
  audit_lines: AuditLineTable
  audit_blocks: AuditBlockTable
  statement_keys: StatementKeyTable
  statement_endorsements: StatementEndorsementTable
}

/** Made by PostgreSQL itself, where transactions end in another order than they began; the embedded engine has neither. */
export interface CommitPosition {
  /** Grows when another server takes over: its transactions count on from what it had received. */
  timeline: Generated<number>
  /** The transaction that wrote the row. */
  xid: Generated<number>
}

export interface CommitStamp {
  /** The transaction that last changed the row. */
  changed_in: Generated<number>
}

export interface MetaTable {
  name: string
  value: string
}

export interface ClientTable {
  id: string
  name: string
  key_hash: string
  key_hint: string | null
  scopes: string
  return_to: string
  created_at: number
  disabled_at: number | null
  version: number
}

export interface FormerKeyTable {
  key_hash: string
  client_id: string
  key_hint: string | null
  ends_at: number
}

export interface UserTable {
  id: string
  client_id: string
  external_id: string | null
  created_at: number
  erased_at: number | null
  erasure: string | null
}

export interface ProviderLinkTable {
  client_id: string
  user_id: string
  provider: string
  ref: string
  /** Sealed. */
  secrets: string | null
  linked_at: number
}

export interface ConsentTable {
  id: string
  client_id: string
  user_id: string
  provider: string
  institution_ref: string | null
  status: string
  status_reason: string | null
  provider_status: string | null
  version: number
  provider_consent_id: string | null
  /** Sealed. */
  secrets: string | null
  requested_access: string
  access: string | null
  created_at: number
  updated_at: number
  authorized_at: number | null
  expires_at: number | null
  revoked_at: number | null
  renewed_from: string | null
  superseded_by: string | null
  revocation: string | null
  /** `revocation.state` again, for selections. */
  revocation_state: string | null
  current_session_id: string | null
  webhook_endpoint_id: string | null
  seen_at: number | null
}

export interface AuthSessionTable {
  id: string
  client_id: string
  user_id: string
  consent_id: string
  provider: string
  institution_ref: string | null
  status: string
  version: number
  frames: number
  /** Sealed: one-time addresses and codes to scan. */
  next_step: string | null
  problem: string | null
  created_at: number
  updated_at: number
  expires_at: number
  return_to: string | null
  in_flight: string | null
  /** Sealed; empty some time after the session's end. */
  state: string
  pending_end: string | null
  state_hash: string | null
}

export interface ObservationTable {
  position: Generated<number>
  consent_id: string
  at: number
  source: string
  provider_raw: string | null
  from_status: string | null
  to_status: string | null
  applied: number
  rule: string
  repeated: number
}

export interface EventTable {
  /** In the order of writing. */
  seq: Generated<number>
  id: string
  at: number
  client_id: string
  user_id: string
  consent_id: string
  provider: string
  consent_version: number
  type: string
  body: string
}

export interface IdempotencyTable {
  client_id: string
  /** Empty for an API key: in a primary key, null would equal nothing. */
  user_id: string
  operation: string
  key: string
  fingerprint: string
  state: string
  running_until: number
  result: string
  created_at: number
}

export interface JobTable {
  kind: string
  subject: string
  due_at: number
  attempts: number
  fence: number
  lease_until: number | null
}

export interface WebhookEndpointTable {
  id: string
  client_id: string
  url: string
  event_types: string
  only_named: number
  enabled: number
  /** Sealed. */
  secrets: string | null
  cursor: string
  version: number
  tested_at: number | null
  created_at: number
  deleted_at: number | null
}

export interface WebhookMessageTable {
  endpoint_id: string
  event_id: string
  event_type: string
  body: string
  attempts: number
  due_at: number
  created_at: number
}

export interface WebhookDeliveryTable {
  id: string
  endpoint_id: string
  event_id: string
  event_type: string
  attempt: number
  http_status: number | null
  error: string | null
  next_attempt_at: number | null
  delivered: number
  /** When it was made. */
  created_at: number
}

export interface RateBucketTable {
  bucket: string
  full_at: number
}

export interface AuditLineTable {
  position: Generated<number>
  at: number
  actor: string
  action: string
  request_id: string | null
  client_id: string | null
  user_id: string | null
  consent_id: string | null
  changes: string
  address_mark: string | null
  /** Sealed. */
  address: string | null
  /** Null while no block has closed it off. */
  block: number | null
}

export interface AuditBlockTable {
  number: number
  at: number
  lines: number
  digest: string
  hash: string
  seal: string
  key_id: string
}

export interface StatementKeyTable {
  key_id: string
  public_key: string
  used_until: number
}

export interface StatementEndorsementTable {
  key_id: string
  public_key: string
  endorser_id: string
  statement: string
}
