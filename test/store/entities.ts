import type { AuditEntry } from '../../src/domain/audit.ts'
import type { AuthSession } from '../../src/domain/auth-session.ts'
import type { Consent } from '../../src/domain/consent.ts'
import type { UserErasure } from '../../src/domain/erasure.ts'
import type { ConsentEventBody, EventCursor, NewConsentEvent } from '../../src/domain/event.ts'
import { type ClientId, type ConsentId, randomIds, type UserId } from '../../src/domain/ids.ts'
import type { ApiClient } from '../../src/domain/api-client.ts'
import type { IdempotencyRecord } from '../../src/domain/idempotency.ts'
import type { Observation, ProviderLink, Scope, Store, User, Write } from '../../src/domain/store.ts'
import type { WebhookDelivery, WebhookEndpoint, WebhookMessage } from '../../src/domain/webhook.ts'

/** A fixed instant, and others by the minute around it. */
export const at = (minutes = 0): Date => new Date(Date.UTC(2026, 4, 1, 12, minutes))

export const newClient = (change: Partial<ApiClient> = {}): ApiClient => {
  const id = randomIds.next('cli')
  return {
    id,
    name: 'Acme',
    keyHash: `hash of ${id}`,
    keyHint: `cg_live_${id.slice(-4)}`,
    scopes: ['consents'],
    returnTo: [],
    createdAt: at(),
    disabledAt: null,
    version: 1,
    ...change,
  }
}

export const newUser = (clientId: ClientId, change: Partial<User> = {}): User => ({
  id: randomIds.next('usr'),
  clientId,
  externalId: null,
  createdAt: at(),
  erasedAt: null,
  erasure: null,
  ...change,
})

export const newErasure = (change: Partial<UserErasure> = {}): UserErasure => ({
  requestedAt: at(),
  completedAt: null,
  providers: [{ provider: 'INSURELY', state: 'IN_PROGRESS', lastProblem: null, tries: 0 }],
  stuckConsents: 0,
  awaited: [],
  ...change,
})

export const newLink = (user: User, change: Partial<ProviderLink> = {}): ProviderLink => ({
  clientId: user.clientId,
  userId: user.id,
  provider: 'INSURELY',
  user: { ref: 'ref-1', secrets: null },
  linkedAt: at(),
  ...change,
})

export const newConsent = (user: User, change: Partial<Consent> = {}): Consent => ({
  id: randomIds.next('con'),
  clientId: user.clientId,
  userId: user.id,
  provider: 'OPEN_BANK_PROJECT',
  institutionRef: null,
  status: 'INITIATED',
  statusReason: null,
  providerStatus: null,
  version: 1,
  providerConsentId: null,
  secrets: null,
  requestedAccess: {
    permissions: ['balances'],
    accountIds: null,
    balances: null,
    transactions: true,
    validFrom: null,
    validUntil: at(60),
  },
  access: null,
  createdAt: at(),
  updatedAt: at(),
  authorizedAt: null,
  expiresAt: null,
  revokedAt: null,
  renewedFrom: null,
  supersededBy: null,
  revocation: null,
  currentSessionId: null,
  webhookEndpointId: null,
  ...change,
})

export const next = <Row extends { readonly version: number }>(row: Row, change: Partial<Row> = {}): Row => ({
  ...row,
  ...change,
  version: row.version + 1,
})

export const newSession = (consent: Consent, change: Partial<AuthSession> = {}): AuthSession => ({
  id: randomIds.next('aus'),
  clientId: consent.clientId,
  userId: consent.userId,
  consentId: consent.id,
  provider: consent.provider,
  institutionRef: consent.institutionRef,
  status: 'PENDING',
  version: 1,
  frames: 0,
  nextStep: null,
  problem: null,
  createdAt: at(),
  updatedAt: at(),
  expiresAt: at(15),
  returnTo: null,
  inFlight: null,
  pendingEnd: null,
  state: {},
  stateHash: null,
  ...change,
})

export const newObservation = (consentId: ConsentId, change: Partial<Observation> = {}): Observation => ({
  consentId,
  at: at(),
  source: 'POLL',
  providerRaw: 'ACCEPTED',
  from: 'AUTHORIZED',
  to: 'AUTHORIZED',
  applied: false,
  rule: 'SAME_STATUS',
  ...change,
})

export const newEvent = (
  consent: Consent,
  body: ConsentEventBody = { type: 'ConsentExpiringSoon', daysLeft: 7 },
): NewConsentEvent => ({
  id: randomIds.next('evt'),
  at: at(),
  clientId: consent.clientId,
  userId: consent.userId,
  consentId: consent.id,
  provider: consent.provider,
  consentVersion: consent.version,
  body,
})

export const newRecord = (
  clientId: ClientId,
  userId: UserId | null,
  change: Partial<IdempotencyRecord> = {},
): IdempotencyRecord => ({
  clientId,
  userId,
  operation: 'startAuthorization',
  key: 'key-1',
  fingerprint: 'fingerprint-1',
  state: 'RUNNING',
  runningUntil: at(1),
  result: { userId: null, consentId: null, authSessionId: null, userErrors: [] },
  createdAt: at(),
  ...change,
})

export const newWebhookEndpoint = (clientId: ClientId, change: Partial<WebhookEndpoint> = {}): WebhookEndpoint => ({
  id: randomIds.next('whe'),
  clientId,
  url: 'https://app.example/events',
  eventTypes: [],
  onlyNamed: false,
  enabled: true,
  secrets: { current: 'whsec_c2VjcmV0', former: [] },
  cursor: 'cursor' as EventCursor,
  version: 1,
  testedAt: null,
  createdAt: at(),
  deletedAt: null,
  ...change,
})

export const newWebhookMessage = (
  { id }: Pick<WebhookEndpoint, 'id'>,
  change: Partial<WebhookMessage> = {},
): WebhookMessage => ({
  endpointId: id,
  eventId: randomIds.next('evt'),
  eventType: 'ConsentStatusChanged',
  body: '{}',
  attempts: 0,
  dueAt: at(),
  createdAt: at(),
  ...change,
})

export const newWebhookDelivery = (
  { endpointId, eventId, eventType, attempts }: WebhookMessage,
  change: Partial<WebhookDelivery> = {},
): WebhookDelivery => ({
  id: randomIds.next('whd'),
  endpointId,
  eventId,
  eventType,
  attempt: attempts + 1,
  attemptedAt: at(),
  httpStatus: null,
  error: null,
  nextAttemptAt: null,
  delivered: false,
  ...change,
})

export const newAuditEntry = (change: Partial<AuditEntry> = {}): AuditEntry => ({
  at: at(),
  actor: 'CLIENT',
  action: 'createUser',
  requestId: null,
  clientId: null,
  userId: null,
  consentId: null,
  changes: [{ what: 'USER', change: 'CREATED' }],
  address: null,
  ...change,
})

/** Commits what must not conflict. */
export const put = async (store: Store, ...writes: readonly Write[]): Promise<void> => {
  const outcome = await store.commit(writes)
  if (!outcome.committed) throw new Error(`The commit met a conflict at ${outcome.conflict}.`)
}

export interface Tenant {
  readonly client: ApiClient
  readonly user: User
  readonly ofClient: Scope
  readonly ofUser: Scope
}

/** A client with one user. */
export const settle = async (store: Store, change: Partial<User> = {}): Promise<Tenant> => {
  const client = newClient()
  const user = newUser(client.id, change)
  await put(store, { kind: 'client.put', client }, { kind: 'user.insert', user })
  return {
    client,
    user,
    ofClient: { clientId: client.id, userId: null },
    ofUser: { clientId: client.id, userId: user.id },
  }
}

export const settleConsent = async (
  store: Store,
  change: Partial<Consent> = {},
): Promise<Tenant & { readonly consent: Consent }> => {
  const tenant = await settle(store)
  const consent = newConsent(tenant.user, change)
  await put(store, { kind: 'consent.insert', consent })
  return { ...tenant, consent }
}
