import type { ReadDocument } from '../domain/document.ts'
import type { AuthSessionId, ClientId, ConsentId, RequestId, UserId } from '../domain/ids.ts'
import type { ProviderLink } from '../domain/store.ts'
import { type AuditChain, createAuditChain } from './audit/chain.ts'
import { createAuditedStore, noteTokenIssued } from './audit/trail.ts'
import { createReadAccounts, type ReadAccounts } from './accounts.ts'
import { type Answering, createAnswering } from './authorization/answer.ts'
import { createAttempts } from './authorization/attempts.ts'
import { type CancelAuthorization, createCancel } from './authorization/cancel.ts'
import { type Completing, createCompleting } from './authorization/complete.ts'
import { createLaunch } from './authorization/launch.ts'
import { createReconcile } from './authorization/reconcile.ts'
import { createRenew, type RenewConsent } from './authorization/renew.ts'
import { createStart, type StartAuthorization } from './authorization/start.ts'
import { type ChangeFeed, createChangeFeed } from './change-feed.ts'
import { type Collections, readCollections } from './collections.ts'
import type { Connectors } from './connectors.ts'
import { type ClientWatch, createClientWatch } from './client-watch.ts'
import type { Report, ServiceContext } from './context.ts'
import { type Credentials, createCredentials, type ForeignTokens } from './credentials.ts'
import { createErasureProofs, type ErasureProof } from './erasure-proof.ts'
import { createErasures, type Erasures } from './erasure.ts'
import { createEventStreams, type EventStreams } from './event-stream.ts'
import { createFollowing } from './following.ts'
import { createIdempotency, type Idempotency } from './idempotency.ts'
import { createInstitutions, type Institutions } from './institutions.ts'
import { createJobRunner, type JobRunner } from './jobs.ts'
import { createIssuerKeys } from './oidc/issuer-keys.ts'
import { createOidcTokens } from './oidc/oidc-tokens.ts'
import type { OidcSettings } from './oidc/settings.ts'
import { createRateLimits, type RateLimits } from './rate-limits.ts'
import { type ConsentReceipt, createConsentReceipts } from './receipts.ts'
import { createReading, type Reading } from './reading.ts'
import { createPrune } from './retention.ts'
import { createRevocations, type Revocations } from './revocation.ts'
import { deriveKey, type RootKeys } from './root-key.ts'
import { createUserTokens, type UserTokens, type UserTokenSettings } from './user-tokens.ts'
import { createStatements } from './statements.ts'
import { createStatementKeys, type StatementKeys } from './statement-keys.ts'
import { createUsers, type Users } from './users.ts'
import { createWatching, type Watching } from './watching.ts'
import type { WebhookSender } from '../domain/webhook.ts'
import { createDeliver } from './webhook/deliver.ts'
import { developmentWebhookSecret } from './webhook/development-secret.ts'
import { createWebhookDispatch, type WebhookDispatch } from './webhook/dispatch.ts'
import { createWebhookEndpoints, type WebhookEndpoints } from './webhook/endpoints.ts'
import { createNameEndpoint } from './webhook/named.ts'
import { createWebhooks, type Webhooks } from './webhooks.ts'

/** Every use case, ready to be called. */
export interface Services {
  readonly connectors: Connectors
  readonly credentials: Credentials
  readonly clientWatch: ClientWatch
  readonly userTokens: UserTokens
  readonly rateLimits: RateLimits
  readonly statementKeys: StatementKeys
  /** Signed by this gateway. */
  readonly receiptOf: ConsentReceipt
  readonly erasureProofOf: ErasureProof
  /** Notes in the audit trail that a token is about to be made. */
  readonly tokenIssued: (clientId: ClientId, userId: UserId) => Promise<void>
  /** Closes the audit trail off, block by block. */
  readonly auditChain: AuditChain
  readonly idempotency: Idempotency
  readonly users: Users
  readonly institutions: Institutions
  readonly startAuthorization: StartAuthorization
  readonly renewConsent: RenewConsent
  readonly answering: Answering
  readonly completing: Completing
  readonly cancelAuthorization: CancelAuthorization
  readonly revocations: Revocations
  readonly reading: Reading
  readonly accounts: ReadAccounts
  readonly events: EventStreams
  readonly collections: (links: readonly ProviderLink[], requestId: RequestId) => Promise<Collections>
  readonly erasures: Erasures
  /** What providers send. */
  readonly webhooks: Webhooks
  /** What API clients are sent. */
  readonly webhookEndpoints: WebhookEndpoints
  readonly webhookDispatch: WebhookDispatch
  readonly feed: ChangeFeed
  readonly watching: Watching
  readonly jobs: JobRunner
}

const toForeignTokens = ({ settings, read }: NonNullable<Identity['oidc']>, report: Report): ForeignTokens => {
  const keys = createIssuerKeys({ issuer: settings.issuer, read, report })
  return { settings, tokens: createOidcTokens(settings, keys) }
}

export interface Identity {
  /** From which signing and fingerprint keys are derived. */
  readonly roots: RootKeys
  readonly userTokens: UserTokenSettings
  /** Null: no tokens but the gateway's own are taken. */
  readonly oidc: { readonly settings: OidcSettings; readonly read: ReadDocument } | null
}

export const createServices = (
  given: ServiceContext,
  { roots, userTokens: tokenSettings, oidc }: Identity,
  webhookSender: WebhookSender,
): Services => {
  const context = { ...given, store: createAuditedStore(given.store) }
  const { store } = context
  const rateLimits = createRateLimits(store, context.settings.rateLimits, context.report)
  const idempotency = createIdempotency(
    store,
    roots.map((root) => deriveKey(root, 'idempotency fingerprints')),
  )
  const userTokens = createUserTokens(roots, tokenSettings)
  const statementKeys = createStatementKeys(store, roots, context)
  const sign = createStatements(roots, tokenSettings.issuer, statementKeys.use)
  const users = createUsers(context, idempotency)
  const institutions = createInstitutions(context)
  const attempts = createAttempts(context)
  const launch = createLaunch(context, attempts)
  const revocations = createRevocations(context)
  const reading = createReading(context)
  const reconcile = createReconcile(context, attempts)
  const feed = createChangeFeed(store, context.report)
  const following = createFollowing(context, reading, feed)
  const nameEndpoint = createNameEndpoint(context, {
    anyUrl: context.settings.anyWebhookUrl,
    secretOf: (clientId) => developmentWebhookSecret(roots[0], clientId),
    sender: webhookSender,
  })
  const erasures = createErasures(context, users, revocations)
  const jobs = createJobRunner(context, {
    REVOKE: async (id: ConsentId, { requestId, finish }) => {
      await revocations.attempt(id, null, requestId, [finish])
    },
    EXPIRE_CONSENT: (id: ConsentId, { finish }) => reading.expire(id, [finish]),
    EXPIRY_NOTICE: (id: ConsentId, run) => following.announce(id, run),
    POLL_CONSENT: (id: ConsentId, run) => following.poll(id, run),
    ERASE_USER: (id: UserId, run) => erasures.proceed(id, run),
    PRUNE: createPrune(context),
    RECONCILE_SESSION: (id: AuthSessionId, run) => reconcile(id, run),
    EXPIRE_SESSION: async (id: AuthSessionId, { finish }) => {
      await attempts.expire(id, [finish])
    },
    DENY_SESSION: async (id: AuthSessionId, { finish }) => {
      await attempts.settleDenial(id, [finish])
    },
  })
  return {
    connectors: context.connectors,
    credentials: createCredentials(store, userTokens, oidc === null ? null : toForeignTokens(oidc, context.report)),
    userTokens,
    rateLimits,
    statementKeys,
    receiptOf: createConsentReceipts(sign),
    erasureProofOf: createErasureProofs(store, sign),
    tokenIssued: (clientId, userId) => noteTokenIssued(store, clientId, userId),
    auditChain: createAuditChain(given.store, roots[0], given.report),
    clientWatch: createClientWatch(store, context.clock, context.report),
    idempotency,
    users,
    institutions,
    startAuthorization: createStart(context, rateLimits, users, institutions, launch, nameEndpoint),
    renewConsent: createRenew(context, rateLimits, users, institutions, launch),
    answering: createAnswering(context, rateLimits, attempts),
    completing: createCompleting(context, attempts, feed),
    cancelAuthorization: createCancel(context, attempts, revocations),
    revocations,
    reading,
    accounts: createReadAccounts(context),
    events: createEventStreams(context, users, feed),
    collections: (links, requestId) => readCollections(context, links, requestId),
    erasures,
    webhooks: createWebhooks(context),
    webhookEndpoints: createWebhookEndpoints(context, webhookSender),
    webhookDispatch: createWebhookDispatch(context, feed, createDeliver(context, webhookSender)),
    feed,
    watching: createWatching(context, feed),
    jobs,
  }
}
