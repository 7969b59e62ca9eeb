import type { ConsentAccess, ConsentStatus, ConsentStatusReason } from '../../domain/consent.ts'
import type { ProviderConsent } from '../../domain/provider.ts'
import type { KeptAccount } from './sealed.ts'
import type { Access, Account, Exchanged, Session } from './wire.ts'

export interface Meaning {
  readonly status: ConsentStatus
  readonly reason: ConsentStatusReason | null
}

const meaning = (status: ConsentStatus, reason: ConsentStatusReason | null = null): Meaning => ({ status, reason })

/** SessionStatus of Enable Banking's OpenAPI 1.0.0. EXPIRED before its time is told apart in `toConsent`. */
export const SESSION_STATUSES = {
  PENDING_AUTHORIZATION: meaning('AWAITING_AUTHORIZATION'),
  RETURNED_FROM_BANK: meaning('AWAITING_AUTHORIZATION'),
  AUTHORIZED: meaning('AUTHORIZED'),
  CANCELLED: meaning('REJECTED', 'CANCELLED_BY_USER'),
  INVALID: meaning('FAILED', 'PROVIDER_ERROR'),
  EXPIRED: meaning('EXPIRED', 'VALIDITY_ENDED'),
  CLOSED: meaning('REVOKED', 'REVOKED_BY_CLIENT'),
  REVOKED: meaning('REVOKED', 'REVOKED_AT_INSTITUTION'),
} as const satisfies Record<string, Meaning>

/** Error words that say how a session has ended: on data calls (401) and on DELETE (400). */
const ENDED_WORDS = {
  CLOSED_SESSION: 'CLOSED',
  EXPIRED_SESSION: 'EXPIRED',
  REVOKED_SESSION: 'REVOKED',
} as const satisfies Record<string, keyof typeof SESSION_STATUSES>

/** The session status that an error word stands for, or null. */
export const toEndedStatus = (error: string | null): string | null =>
  error !== null && Object.hasOwn(ENDED_WORDS, error) ? ENDED_WORDS[error as keyof typeof ENDED_WORDS] : null

const meaningOf = (word: string): Meaning | null => {
  const known = word.toUpperCase()
  return Object.hasOwn(SESSION_STATUSES, known) ? SESSION_STATUSES[known as keyof typeof SESSION_STATUSES] : null
}

/** Clocks differ: an end this close to `valid_until` is its own. */
const END_TOLERANCE_MS = 60_000

/** An EXPIRED before its time: the bank ended it, or a newer consent of the same person did. */
const endedEarly = (validUntil: Date | null, endedAt: Date): boolean =>
  validUntil !== null && endedAt.getTime() < validUntil.getTime() - END_TOLERANCE_MS

const toDate = (text: string | null | undefined): Date | null => {
  const at = new Date(text ?? Number.NaN)
  return Number.isNaN(at.getTime()) ? null : at
}

const toAccess = (access: Access | null | undefined, accountIds: readonly string[] | null): ConsentAccess | null =>
  access == null
    ? null
    : {
        permissions: [],
        // In one order, whoever lists them: another order is no change.
        accountIds: accountIds?.toSorted() ?? null,
        balances: access.balances ?? null,
        transactions: access.transactions ?? null,
        validFrom: null,
        validUntil: toDate(access.valid_until),
      }

/** What the session says of itself. */
export const toConsent = (sessionId: string, session: Session, now: Date): ProviderConsent => {
  const known = meaningOf(session.status)
  const validUntil = toDate(session.access?.valid_until)
  const early = known?.status === 'EXPIRED' && endedEarly(validUntil, toDate(session.closed) ?? now)
  return {
    providerConsentId: sessionId,
    status: known?.status ?? null,
    raw: session.status,
    detail: null,
    reason: early ? 'REVOKED_AT_INSTITUTION' : (known?.reason ?? null),
    expiresAt: validUntil,
    access: toAccess(session.access, session.accounts?.map(({ uid }) => uid) ?? null),
    secrets: null,
  }
}

/** A consent of which only an end is known. */
export const toEndedConsent = (
  providerConsentId: string | null,
  { status, reason }: Meaning,
  raw: string | null,
  detail: string | null = null,
): ProviderConsent => ({
  providerConsentId,
  status,
  raw,
  detail,
  reason,
  expiresAt: null,
  access: null,
  secrets: null,
})

/** Without a date EXPIRED is not early: nobody can tell. */
export const toEndedByWord = (providerConsentId: string, status: string, error: string): ProviderConsent =>
  toEndedConsent(providerConsentId, meaningOf(status) ?? SESSION_STATUSES.CLOSED, error)

/** Never the whole number: its last four characters, of at least eight. */
const toMaskedNumber = ({ account_id: id }: Account): string | null => {
  const number = (id?.iban ?? id?.other?.identification ?? '').replaceAll(/\s/g, '')
  return number.length < 8 ? null : `•••• ${number.slice(-4)}`
}

export const toKeptAccount = (account: Account): KeptAccount => ({
  id: account.uid ?? null,
  identity: account.identification_hash ?? null,
  name: account.name ?? account.product ?? null,
  maskedNumber: toMaskedNumber(account),
  // `XXX` included: the institution has no currency, which is not the same as not known.
  currency: account.currency ?? null,
  kind: account.cash_account_type ?? null,
})

/**
 * The answer to the exchange has no status: that it came is the authorization.
 *
 * @param asked the end that was asked for, where the answer names none
 */
export const toAuthorizedConsent = ({ sessionId, accounts, access }: Exchanged, asked: Date): ProviderConsent => ({
  providerConsentId: sessionId,
  ...SESSION_STATUSES.AUTHORIZED,
  raw: 'AUTHORIZED',
  detail: null,
  expiresAt: toDate(access?.valid_until) ?? asked,
  access: toAccess(access, accounts?.flatMap((one) => (typeof one === 'string' ? one : (one.uid ?? []))) ?? null),
  // One that came by its uid alone is described when it is read.
  secrets: { accounts: (accounts ?? []).flatMap((one) => (typeof one === 'string' ? [] : toKeptAccount(one))) },
})
