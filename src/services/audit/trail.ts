import { createHash, randomBytes } from 'node:crypto'
import type { AuditAddress, AuditedChange, AuditEntry } from '../../domain/audit.ts'
import type { Consent } from '../../domain/consent.ts'
import type { AuthSession } from '../../domain/auth-session.ts'
import type { ClientId, ConsentId, UserId } from '../../domain/ids.ts'
import type { Store, Write } from '../../domain/store.ts'
import { type Cause, currentCause } from './cause.ts'

/** What a line is about, and what it says. */
interface Subject {
  /** Null for what concerns the whole gateway. */
  readonly clientId: ClientId | null
  readonly userId: UserId | null
  readonly consentId: ConsentId | null
  readonly change: AuditedChange
}

const ofConsent = ({
  clientId,
  userId,
  id,
  provider,
  version,
  status,
  statusReason,
  revocation,
}: Consent): Subject => ({
  clientId,
  userId,
  consentId: id,
  change: {
    what: 'CONSENT',
    consentId: id,
    provider,
    version,
    status,
    reason: statusReason,
    revocation: revocation?.state ?? null,
  },
})

const ofSession = ({ clientId, userId, consentId, id, version, status }: AuthSession): Subject => ({
  clientId,
  userId,
  consentId,
  change: { what: 'AUTH_SESSION', authSessionId: id, version, status },
})

const ofUser = (
  clientId: ClientId,
  userId: UserId,
  change: (AuditedChange & { readonly what: 'USER' })['change'],
): Subject => ({ clientId, userId, consentId: null, change: { what: 'USER', change } })

const UNFINISHED: ReadonlySet<AuthSession['status']> = new Set(['PENDING', 'AWAITING_USER', 'VERIFYING'])

/** Null for what is not a change of anybody's data: leases, keys of requests, the log itself. */
const subjectOf = (write: Write, { actor }: Cause): Subject | null => {
  switch (write.kind) {
    case 'client.put':
    case 'client.update':
      return {
        clientId: write.client.id,
        userId: null,
        consentId: null,
        change: { what: 'CLIENT', clientId: write.client.id },
      }
    case 'user.insert':
      return ofUser(write.user.clientId, write.user.id, 'CREATED')
    case 'user.erasing':
    case 'user.forget':
      return ofUser(write.clientId, write.userId, 'ERASING')
    case 'user.erase':
      return ofUser(write.clientId, write.userId, 'ERASED')
    case 'link.insert': {
      const { clientId, userId, provider } = write.link
      return { clientId, userId, consentId: null, change: { what: 'PROVIDER_USER', provider } }
    }
    case 'consent.insert':
    case 'consent.update':
      return ofConsent(write.consent)
    case 'session.insert':
      return ofSession(write.session)
    case 'session.update':
      // A code that rotates is a change each second that the gateway makes by itself.
      return actor === 'GATEWAY' && UNFINISHED.has(write.session.status) ? null : ofSession(write.session)
    case 'webhook.insert':
    case 'webhook.update': {
      const { clientId, id, enabled } = write.endpoint
      return {
        clientId,
        userId: null,
        consentId: null,
        change: { what: 'WEBHOOK_ENDPOINT', endpointId: id, enabled },
      }
    }
    case 'statementKey.revoke':
      return {
        clientId: null,
        userId: null,
        consentId: null,
        change: { what: 'STATEMENT_KEY', keyId: write.endorsement.id, change: 'REVOKED' },
      }
    case 'formerKey.insert':
    case 'formerKeys.drop':
    case 'consent.seen':
    case 'observation.append':
    case 'event.append':
    case 'idempotency.claim':
    case 'idempotency.finish':
    case 'job.schedule':
    case 'job.ensure':
    case 'job.hasten':
    case 'job.renew':
    case 'job.drop':
    case 'job.finish':
    case 'webhook.skip':
    case 'webhook.take':
    case 'webhook.message':
    case 'webhook.attempted':
    case 'webhook.discard':
    case 'audit.append':
    case 'audit.close':
    case 'statementKey.use':
    case 'statementKey.endorse':
      return null
  }
}

const toAddress = (ip: string | null): AuditAddress | null => {
  if (ip === null) return null
  const salt = randomBytes(16).toString('base64url')
  return { mark: createHash('sha256').update(`${salt}${ip}`).digest('hex'), known: { ip, salt } }
}

/** One entry for each consent and each owner that a commit concerns. */
const describeCommit = (writes: readonly Write[], cause: Cause): readonly Write[] => {
  const subjects = writes.flatMap((write) => subjectOf(write, cause) ?? [])
  if (subjects.length === 0) return []
  const at = new Date()
  const grouped = Map.groupBy(subjects, ({ clientId, userId, consentId }) => `${clientId} ${userId} ${consentId}`)
  return [...grouped.values()].flatMap((group): Write[] => {
    const [first] = group
    if (first === undefined) return []
    const { actor, action, requestId, address } = cause
    const { clientId, userId, consentId } = first
    const entry: AuditEntry = {
      at,
      actor,
      action,
      requestId,
      clientId,
      userId,
      consentId,
      changes: group.map(({ change }) => change),
      address: toAddress(address),
    }
    return [{ kind: 'audit.append', entry }]
  })
}

/** The same store, in which nothing of anybody's changes without a line that says who did it, in the same commit. */
export const createAuditedStore = (store: Store): Store => ({
  ...store,
  commit: (writes) => store.commit([...writes, ...describeCommit(writes, currentCause())]),
})

/** For what changes no row and is to be known all the same. */
export const noteTokenIssued = async (store: Store, clientId: ClientId, userId: UserId): Promise<void> => {
  const { actor, action, requestId, address } = currentCause()
  const entry: AuditEntry = {
    at: new Date(),
    actor,
    action,
    requestId,
    clientId,
    userId,
    consentId: null,
    changes: [{ what: 'USER', change: 'TOKEN_ISSUED' }],
    address: toAddress(address),
  }
  await store.commit([{ kind: 'audit.append', entry }])
}
