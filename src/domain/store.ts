import type { AuditBlock, AuditEntry, AuditLine } from './audit.ts'
import type { AuthSession } from './auth-session.ts'
import type { Consent, ConsentStatus, ObservationSource, RevocationState, TransitionRule } from './consent.ts'
import type { ConsentEvent, ConsentEventType, EventCursor, NewConsentEvent } from './event.ts'
import type { AuthSessionId, ClientId, ConsentId, UserId, WebhookEndpointId } from './ids.ts'
import type { ErasureWrite, UserErasure } from './erasure.ts'
import type { ApiClient, ClientWrite, FormerKey } from './api-client.ts'
import type { IdempotencyKey, IdempotencyRecord } from './idempotency.ts'
import type { ClaimedJob, JobKind, JobName, JobPlace } from './job.ts'
import type { ProviderUser } from './provider.ts'
import type { ProviderId } from './provider-id.ts'
import type { StoreKeys } from './sealing.ts'
import type { RateCharge } from './rate-limit.ts'
import type { Retention } from './retention.ts'
import type { StatementKeyReads, StatementKeyWrite } from './statement-key.ts'
import type { WebhookDelivery, WebhookEndpoint, WebhookMessage, WebhookWrite } from './webhook.ts'

export interface User {
  readonly id: UserId
  readonly clientId: ClientId
  /** Null once erased; the name is then free again. */
  readonly externalId: string | null
  readonly createdAt: Date
  readonly erasedAt: Date | null
  /** Null while nobody has asked for it. */
  readonly erasure: UserErasure | null
}

export interface ProviderLink {
  readonly clientId: ClientId
  readonly userId: UserId
  readonly provider: ProviderId
  readonly user: ProviderUser
  readonly linkedAt: Date
}

/** One observation and the rule that took or ignored it. */
export interface Observation {
  readonly consentId: ConsentId
  readonly at: Date
  readonly source: ObservationSource
  readonly providerRaw: string | null
  readonly from: ConsentStatus | null
  readonly to: ConsentStatus | null
  readonly applied: boolean
  readonly rule: TransitionRule
}

/** Equal observations in a row are one row: `repeated` counts them, from 1. `position` orders and pages them. */
export interface StoredObservation extends Observation {
  readonly position: number
  readonly repeated: number
}

/**
 * One change. A `commit` takes all of its writes or none. Updates compare-and-set: they conflict unless the stored
 * version is the given one's minus one. Inserts conflict with a row of the same key.
 */
export type Write =
  | ClientWrite
  | { readonly kind: 'user.insert'; readonly user: User }
  | ErasureWrite
  /** One per user and provider, for good: the first names the provider's user that everything is consented to with. */
  | { readonly kind: 'link.insert'; readonly link: ProviderLink }
  | { readonly kind: 'consent.insert'; readonly consent: Consent }
  | { readonly kind: 'consent.update'; readonly consent: Consent }
  /** When the provider last confirmed what is stored; leaves the version alone. Never moves backwards, never conflicts. */
  | { readonly kind: 'consent.seen'; readonly consentId: ConsentId; readonly at: Date }
  | { readonly kind: 'session.insert'; readonly session: AuthSession }
  | { readonly kind: 'session.update'; readonly session: AuthSession }
  /** `times`: observed so often in a row; once by default. */
  | { readonly kind: 'observation.append'; readonly observation: Observation; readonly times?: number }
  | { readonly kind: 'event.append'; readonly event: NewConsentEvent }
  /** Conflicts with an existing record of the key. */
  | { readonly kind: 'idempotency.claim'; readonly record: IdempotencyRecord }
  /** Inserts or replaces the record's state and result. */
  | { readonly kind: 'idempotency.finish'; readonly record: IdempotencyRecord }
  /** Inserts, or moves `dueAt`; voids a running lease, so that its holder's commit conflicts. */
  | { readonly kind: 'job.schedule'; readonly job: JobName; readonly dueAt: Date }
  /** Makes a job due no later than that, and leaves a running lease alone. Never conflicts: the job may be gone. */
  | { readonly kind: 'job.hasten'; readonly job: JobName; readonly dueAt: Date }
  /** Holds a lease for so long from now. Never conflicts: it may have moved on. */
  | { readonly kind: 'job.renew'; readonly job: JobName; readonly fence: number; readonly leaseMs: number }
  /** Inserts where there is none. Never conflicts. */
  | { readonly kind: 'job.ensure'; readonly job: JobName; readonly dueAt: Date }
  /** Never conflicts: the job may be gone. */
  | { readonly kind: 'job.drop'; readonly job: JobName }
  /** Conflicts unless the fence is still ours. `again`: null ends the job. */
  | { readonly kind: 'job.finish'; readonly job: JobName; readonly fence: number; readonly again: Date | null }
  | { readonly kind: 'audit.append'; readonly entry: AuditEntry }
  /** Conflicts where the block's number is taken, or one of the lines is in a block. */
  | { readonly kind: 'audit.close'; readonly block: AuditBlock; readonly positions: readonly number[] }
  | WebhookWrite
  | StatementKeyWrite

export type CommitOutcome =
  | { readonly committed: true }
  | { readonly committed: false; readonly conflict: Write['kind'] }

/** Whose rows a read may see. `userId` null: all users of the client. SYSTEM is for work without a request. */
export type Scope = { readonly clientId: ClientId; readonly userId: UserId | null } | 'SYSTEM'

/** What names a user within an API client. */
export type UserKey = { readonly userId: UserId } | { readonly externalId: string }

/** Newest first: rows strictly older than `after`. */
export interface PageRequest {
  /** 1 to 100. */
  readonly first: number
  readonly after: PageKey | null
}

export interface PageKey {
  readonly at: Date
  readonly id: string
}

export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly hasNextPage: boolean
}

export interface ConsentSelection {
  readonly userId?: UserId
  readonly status?: readonly ConsentStatus[]
  readonly provider?: readonly ProviderId[]
  readonly institution?: { readonly provider: ProviderId; readonly ref: string }
  readonly revocationState?: readonly RevocationState[]
  readonly expiresBefore?: Date
}

export interface EventSelection {
  readonly userId?: UserId
  readonly consentId?: ConsentId
  readonly provider?: readonly ProviderId[]
  readonly types?: readonly ConsentEventType[]
}

/** A stored consent with the time its provider last confirmed it. */
export interface StoredConsent extends Consent {
  readonly seenAt: Date | null
}

/**
 * Reads by key answer in the order and length of their keys, null where the scope sees no such row. Rejects with
 * STORE_UNAVAILABLE when the engine cannot be reached.
 */
export interface Store {
  readonly clients: {
    byId(id: ClientId): Promise<ApiClient | null>
    byIds(ids: readonly ClientId[]): Promise<readonly (ApiClient | null)[]>
    /** The client and one of its users, as they are at one moment; null where either is missing, or the user is another's. */
    withUser(id: ClientId, of: UserKey): Promise<{ readonly client: ApiClient; readonly user: User } | null>
    /** By its current key. */
    byKeyHash(keyHash: string): Promise<ApiClient | null>
    /** Ended ones included, until they are dropped. */
    formerKey(keyHash: string): Promise<FormerKey | null>
    /** As above; the one that ends last at the head. */
    formerKeys(id: ClientId): Promise<readonly FormerKey[]>
    page(page: PageRequest): Promise<Page<ApiClient>>
  }
  readonly users: {
    byIds(scope: Scope, ids: readonly UserId[]): Promise<readonly (User | null)[]>
    byExternalIds(scope: Scope, externalIds: readonly string[]): Promise<readonly (User | null)[]>
    /** Whose erasure is under way, or was done at that time or later. */
    erasedSince(at: Date): Promise<readonly UserId[]>
    page(scope: Scope, page: PageRequest): Promise<Page<User>>
    count(scope: Scope): Promise<number>
  }
  readonly links: {
    byUsers(scope: Scope, ids: readonly UserId[]): Promise<readonly (readonly ProviderLink[])[]>
    /** Whose name this is at the provider: matching is the gateway's own business. */
    byRef(provider: ProviderId, ref: string): Promise<ProviderLink | null>
  }
  readonly consents: {
    byIds(scope: Scope, ids: readonly ConsentId[]): Promise<readonly (StoredConsent | null)[]>
    page(scope: Scope, selection: ConsentSelection, page: PageRequest): Promise<Page<StoredConsent>>
    count(scope: Scope, selection: ConsentSelection): Promise<number>
    /**
     * The rows that own these ids at the provider, whoever's they are: matching is the gateway's own business. A live
     * consent owns its id alone; where all that had it are final, the newest answers. A commit that hands an id on ends
     * the former owner first.
     */
    byProviderConsentIds(provider: ProviderId, ids: readonly string[]): Promise<readonly (StoredConsent | null)[]>
  }
  readonly sessions: {
    byIds(scope: Scope, ids: readonly AuthSessionId[]): Promise<readonly (AuthSession | null)[]>
    pageOfUser(scope: Scope, userId: UserId, page: PageRequest): Promise<Page<AuthSession>>
    countOfUser(scope: Scope, userId: UserId): Promise<number>
    byStateHash(stateHash: string): Promise<AuthSession | null>
  }
  readonly observations: {
    /** Oldest first, after `position`. */
    page(
      scope: Scope,
      consentId: ConsentId,
      first: number,
      afterPosition: number | null,
    ): Promise<Page<StoredObservation>>
  }
  readonly events: {
    /**
     * In commit order, strictly after the cursor; null starts at the oldest kept. With several writers at once, an event
     * appears when none can come before it any more: soon after its commit, and not always with it.
     *
     * @throws GatewayError INVALID_INPUT for a cursor this store did not write, CURSOR_EXPIRED where something after it has
     * been removed: there is all that came after a cursor, or this
     */
    page(scope: Scope, selection: EventSelection, first: number, after: EventCursor | null): Promise<Page<ConsentEvent>>
    /** What a webhook endpoint that is switched on has yet to take, as by `page`. Never expired: retention waits for it. */
    untaken(endpoint: Pick<WebhookEndpoint, 'clientId' | 'cursor'>, first: number): Promise<Page<ConsentEvent>>
    /** The newest position: what is committed later comes after it. */
    head(): Promise<EventCursor>
    /** Negative, zero or positive, as `a` lies before, at or after `b`. */
    compare(a: EventCursor, b: EventCursor): number
  }
  readonly idempotency: {
    find(key: IdempotencyKey): Promise<IdempotencyRecord | null>
  }
  readonly jobs: {
    /** Leases due jobs that nobody holds. `dueBefore` is by the jobs' own clock, the lease in real time. */
    claim(claim: {
      readonly kinds: readonly JobKind[]
      readonly dueBefore: Date
      readonly leaseMs: number
      readonly limit: number
      /** Jobs of these are left where they are. */
      readonly except?: { readonly providers: readonly ProviderId[]; readonly places: readonly JobPlace[] }
    }): Promise<readonly ClaimedJob[]>
    /** Makes the next look at these consents, and at the authorized ones of these users, due no later than that. */
    hastenPolls(
      of: { readonly consents: readonly ConsentId[]; readonly users: readonly UserId[] },
      dueAt: Date,
    ): Promise<void>
  }
  /** They are an API client's: a user sees none. */
  readonly webhooks: {
    /** Deleted ones included. */
    byIds(scope: Scope, ids: readonly WebhookEndpointId[]): Promise<readonly (WebhookEndpoint | null)[]>
    page(scope: Scope, page: PageRequest): Promise<Page<WebhookEndpoint>>
    /** The one that is registered there and not deleted. */
    byUrl(scope: Scope, url: string): Promise<WebhookEndpoint | null>
    /** Those of these consents that name the endpoint. */
    naming(id: WebhookEndpointId, consents: readonly ConsentId[]): Promise<ReadonlySet<ConsentId>>
    /** Those that are switched on. */
    activeOf(clientId: ClientId): Promise<readonly WebhookEndpointId[]>
    deliveries(scope: Scope, id: WebhookEndpointId, page: PageRequest): Promise<Page<WebhookDelivery>>
    /** What waits for its first or another attempt, what is due first at the head. */
    waiting(id: WebhookEndpointId, first: number): Promise<readonly WebhookMessage[]>
  }
  /** Shared by all processes, in real time. */
  readonly rates: {
    /** Exactly as many as the limit allows, whoever asks at once. @returns milliseconds until it fits; 0: taken */
    charge(charge: RateCharge): Promise<number>
    /** Forgets some of those that are full: they are as if they had never been. @returns whether there may be more */
    sweep(): Promise<boolean>
  }
  /** Of everybody: for operators alone. */
  readonly audit: {
    /** In no block yet, oldest first. */
    open(first: number): Promise<readonly AuditLine[]>
    /** Oldest first. */
    linesOf(block: number): Promise<readonly AuditLine[]>
    /** In the order of their numbers. */
    blocks(after: number, first: number): Promise<readonly AuditBlock[]>
    lastBlock(): Promise<AuditBlock | null>
  }
  /** Of every key that ever signed a receipt. */
  readonly statementKeys: StatementKeyReads
  readonly keys: StoreKeys
  readonly retention: Retention
  commit(writes: readonly Write[]): Promise<CommitOutcome>
  /**
   * A provider has confirmed a consent as it stands. Resolves once that is committed, which takes a moment, since many are committed
   * together; ends with the process where it dies before. Whoever reads here sees the time at once, and observations in their
   * order: it is stored before any later change of the consent.
   */
  confirm(observation: Observation, seenAt: Date): Promise<void>
  /** Runs after a commit that appended events, here or in another replica: a nudge, the log is the truth. */
  onEvents(listener: () => void): Disposable
  /** Runs after a commit that inserted or updated sessions, here or in another replica: their steps are state, not events. */
  onSessions(listener: (ids: readonly AuthSessionId[]) => void): Disposable
  /** Cheap proof that the store answers and, where it has a disk of its own, takes what is written. */
  ping(): Promise<void>
  close(): Promise<void>
}
