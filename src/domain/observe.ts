import { type Consent, isFinalConsent, judgeTransition, type ObservationSource } from './consent.ts'
import type { AuthSession } from './auth-session.ts'
import type { ConsentStatus, ConsentStatusReason, Revocation, Secrets } from './consent.ts'
import type { ConsentEventBody } from './event.ts'
import { nextExpiryNotice } from './expiry-notice.ts'
import type { IdSource } from './ids.ts'
import type { ProviderConsent } from './provider.ts'
import type { Observation, Write } from './store.ts'

/** A consent after a change, with the writes that make it so. The writes are empty where nothing is to be stored. */
export interface ConsentChange {
  readonly consent: Consent
  readonly writes: readonly Write[]
}

export interface ObservedChange extends ConsentChange {
  /** Among the writes. */
  readonly observation: Observation
}

export interface Moment {
  /** By the clock that consents live by. */
  readonly now: Date
  /** For what keeps real time: retries, leases, polling. */
  readonly realNow: Date
  /** Days before its end at which a consent is announced to end; 14, 7 and 1 by default. */
  readonly noticeDays?: readonly number[]
  readonly ids: IdSource
  /** What is kept of a connector's state once the attempt has ended and no call of it is under way; nothing by default. */
  readonly stateAfterEnd?: (session: Pick<AuthSession, 'provider' | 'state'>) => Secrets
}

/** What was learned of a consent, and how. */
export interface ConsentNews {
  /** Null where the provider's word is not known. */
  readonly status: ConsentStatus | null
  readonly reason: ConsentStatusReason | null
  readonly source: ObservationSource
  /** The provider's own statement; null where the gateway itself decided. */
  readonly said: ProviderConsent | null
}

const REVOCATION_ASKED = { attempts: 0, confirmedAt: null, lastProblem: null } as const

/** A fresh request to take a consent back; the saga moves it on. */
export const askRevocation = (now: Date): Revocation => ({
  ...REVOCATION_ASKED,
  state: 'PROVIDER_PENDING',
  requestedAt: now,
  nextAttemptAt: now,
})

/** Nothing is to be told now, but a call to the provider is under way that may bring something to take back. */
export const awaitCall = (now: Date): Revocation => ({ ...askRevocation(now), nextAttemptAt: null })

export const isAwaitingCall = (revocation: Revocation | null): revocation is Revocation =>
  revocation?.state === 'PROVIDER_PENDING' && revocation.nextAttemptAt === null

/** There is nothing at the provider to take back. */
export const nothingToRevoke = (now: Date): Revocation => ({
  ...REVOCATION_ASKED,
  state: 'CONFIRMED',
  requestedAt: now,
  nextAttemptAt: null,
  confirmedAt: now,
})

/** Of what JSON holds, and instants. */
const isSameValue = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Date || b instanceof Date) {
    return a instanceof Date && b instanceof Date && a.getTime() === b.getTime()
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSameValue(item, (b as readonly unknown[])[index]))
  }
  if (Array.isArray(a) || Array.isArray(b)) return false
  const [one, other] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>]
  for (const key in one) if (!isSameValue(one[key], other[key])) return false
  // What JSON leaves out is not there.
  for (const key in other) if (!(key in one) && other[key] !== undefined) return false
  return true
}

/** Names, as in the schema, of what the provider's statement changes beside the status. */
const changedDetails = (before: Consent, after: Consent): string[] => {
  const changed: string[] = []
  if (before.expiresAt?.getTime() !== after.expiresAt?.getTime()) changed.push('expiresAt')
  if (!isSameValue(before.access, after.access)) changed.push('access')
  if (before.providerConsentId !== after.providerConsentId) changed.push('providerConsentId')
  const [was, is] = [before.providerStatus, after.providerStatus]
  if (was?.raw !== is?.raw || was?.detail !== is?.detail || was?.recognized !== is?.recognized)
    changed.push('providerStatus')
  return changed
}

/** A message names an event, not a state: where the status is known already, the word of a read says more. */
const isMereEvent = ({ status, providerStatus }: Consent, news: ConsentNews): boolean =>
  news.source === 'WEBHOOK' && news.status === status && providerStatus !== null

/** What most reads say: all of it is known. */
const isKnown = (consent: Consent, said: ProviderConsent): boolean => {
  const { providerStatus: known } = consent
  return (
    (said.providerConsentId === null || said.providerConsentId === consent.providerConsentId) &&
    known !== null &&
    known.raw === said.raw &&
    known.detail === said.detail &&
    known.recognized === (said.status !== null) &&
    (said.expiresAt === null || said.expiresAt.getTime() === consent.expiresAt?.getTime()) &&
    (said.access === null || isSameValue(said.access, consent.access)) &&
    (said.secrets === null || isSameValue(said.secrets, consent.secrets))
  )
}

const withStatement = (consent: Consent, news: ConsentNews, now: Date): Consent => {
  const { said } = news
  if (said === null) return consent
  return {
    ...consent,
    providerConsentId: said.providerConsentId ?? consent.providerConsentId,
    providerStatus: isMereEvent(consent, news)
      ? consent.providerStatus
      : {
          raw: said.raw,
          detail: said.detail,
          observedAt: now,
          source: news.source,
          recognized: said.status !== null,
        },
    expiresAt: said.expiresAt ?? consent.expiresAt,
    access: said.access ?? consent.access,
    secrets: said.secrets ?? consent.secrets,
  }
}

const withStatus = (
  consent: Consent,
  status: ConsentStatus,
  reason: ConsentStatusReason | null,
  now: Date,
): Consent => ({
  ...consent,
  status,
  statusReason: reason,
  authorizedAt: status === 'AUTHORIZED' ? (consent.authorizedAt ?? now) : consent.authorizedAt,
  revokedAt: status === 'REVOKED' ? (consent.revokedAt ?? now) : consent.revokedAt,
})

export const eventOf = (consent: Consent, body: ConsentEventBody, { now, ids }: Moment): Write => ({
  kind: 'event.append',
  event: {
    id: ids.next('evt'),
    at: now,
    clientId: consent.clientId,
    userId: consent.userId,
    consentId: consent.id,
    provider: consent.provider,
    consentVersion: consent.version,
    body,
  },
})

/**
 * Alive at the bank, and nobody would see it: the grant of an attempt that had already ended here, or what its start or a
 * new code made while it was being cancelled.
 */
const isLate = (consent: Consent, { status, said, source }: ConsentNews): boolean => {
  if (!isFinalConsent(consent.status) || consent.authorizedAt !== null) return false
  if (status === null || isFinalConsent(status)) return false
  const named = said?.providerConsentId ?? null
  const isAnother = named !== null && named !== consent.providerConsentId
  // A new code can be a new consent at the provider; whoever asked for it has taken back the one before.
  if (consent.revocation?.state === 'PROVIDER_PENDING') {
    return isAnother && (source === 'ANSWER' || isAwaitingCall(consent.revocation))
  }
  // This very one was taken back before: an old message, or a read that is behind.
  if (consent.revocation !== null && said?.providerConsentId === consent.providerConsentId) return false
  return isAnother || status === 'AUTHORIZED' || status === 'PARTIALLY_AUTHORIZED'
}

/** A revocation that is not over yet goes on with what has come: as its asker sees it, it never goes back. */
const askAgain = ({ revocation }: Consent, now: Date): Revocation => {
  const asked = askRevocation(now)
  if (revocation?.state !== 'PROVIDER_PENDING') return asked
  return { ...asked, requestedAt: revocation.requestedAt, attempts: revocation.attempts }
}

/**
 * Takes news of a consent: the state machine judges it, and whatever it says is kept as an observation.
 *
 * @param change for the gateway's own decisions: what else the same change sets, the revocation above all
 */
export const observe = (
  consent: Consent,
  news: ConsentNews,
  moment: Moment,
  change: Partial<Pick<Consent, 'revocation' | 'supersededBy'>> = {},
): ObservedChange => {
  const { now } = moment
  const judged = judgeTransition(consent.status, news.status)
  const late = isLate(consent, news)
  const observation: Observation = {
    consentId: consent.id,
    at: now,
    source: news.source,
    providerRaw: news.said?.raw ?? null,
    from: consent.status,
    to: news.status,
    applied: judged.applied,
    rule: late ? 'LATE_GRANT_TAKEN_BACK' : judged.rule,
  }
  const observed: Write = { kind: 'observation.append', observation }
  const seen: Write[] = news.said === null ? [] : [{ kind: 'consent.seen', consentId: consent.id, at: now }]

  const nothingNew = { consent, observation, writes: [observed, ...seen] }
  const isOpen = judged.applied || late || change.revocation !== undefined || change.supersededBy !== undefined
  if (!isOpen && news.said !== null && isKnown(consent, news.said)) return nothingNew

  const closed = isFinalConsent(consent.status) && !late && news.source !== 'REVOKE'
  const stated = closed ? consent : withStatement(consent, news, now)
  const moved = judged.applied && news.status !== null ? withStatus(stated, news.status, news.reason, now) : stated
  const next: Consent = { ...moved, ...change, ...(late ? { revocation: askAgain(consent, now) } : {}) }

  const details = changedDetails(consent, next)
  const revocationChanged = next.revocation !== consent.revocation
  const secretsChanged = !isSameValue(next.secrets, consent.secrets)
  const superseded = next.supersededBy !== consent.supersededBy
  if (!judged.applied && details.length === 0 && !revocationChanged && !secretsChanged && !superseded) {
    return nothingNew
  }

  const stored: Consent = { ...next, version: consent.version + 1, updatedAt: now }
  const writes: Write[] = [{ kind: 'consent.update', consent: stored }, observed, ...seen]
  if (judged.applied) {
    writes.push(
      eventOf(
        stored,
        {
          type: 'ConsentStatusChanged',
          from: consent.status,
          to: stored.status,
          reason: stored.statusReason,
          providerStatus: stored.providerStatus,
        },
        moment,
      ),
    )
  } else if (details.length > 0 && !revocationChanged) {
    writes.push(eventOf(stored, { type: 'ConsentDetailsChanged', changed: details }, moment))
  }
  if (revocationChanged && stored.revocation !== null) {
    writes.push(eventOf(stored, { type: 'ConsentRevocationProgressed', revocation: stored.revocation }, moment))
  }
  if (late) writes.push({ kind: 'job.schedule', job: { kind: 'REVOKE', subject: consent.id }, dueAt: moment.realNow })
  writes.push(...scheduleLife(consent, stored, moment))
  return { consent: stored, observation, writes }
}

/** A consent that was just authorized is first looked at again after this long, real time; later at its provider's pace. */
export const FIRST_POLL_MS = 60_000

const LIFE_JOBS = ['EXPIRE_CONSENT', 'EXPIRY_NOTICE', 'POLL_CONSENT'] as const

/** The clock's jobs follow the expiry, polling begins with the authorization, and a final consent needs none. */
const scheduleLife = (before: Consent, after: Consent, { now, realNow, noticeDays }: Moment): Write[] => {
  const subject = after.id
  if (isFinalConsent(after.status)) return LIFE_JOBS.map((kind) => ({ kind: 'job.drop', job: { kind, subject } }))
  const writes: Write[] = []
  const endChanged = after.expiresAt?.getTime() !== before.expiresAt?.getTime()
  const begins = after.status === 'AUTHORIZED' && before.status !== 'AUTHORIZED'
  if (endChanged && after.expiresAt !== null) {
    writes.push({ kind: 'job.schedule', job: { kind: 'EXPIRE_CONSENT', subject }, dueAt: after.expiresAt })
  }
  const notice = endChanged || begins ? nextExpiryNotice(after, now, noticeDays) : null
  if (notice !== null) {
    writes.push({ kind: 'job.schedule', job: { kind: 'EXPIRY_NOTICE', subject }, dueAt: notice.at })
  }
  if (begins) {
    const dueAt = new Date(realNow.getTime() + FIRST_POLL_MS)
    writes.push({ kind: 'job.schedule', job: { kind: 'POLL_CONSENT', subject }, dueAt })
  }
  return writes
}
