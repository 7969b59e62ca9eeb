import type { ConsentAccess, ConsentStatus, ConsentStatusReason } from '../../domain/consent.ts'
import type { ProviderAccount, ProviderConsent, ProviderInstitution } from '../../domain/provider.ts'
import type { FiskilAccount, FiskilConsent, FiskilInstitution } from './wire.ts'

export interface Meaning {
  readonly status: ConsentStatus
  readonly reason: ConsentStatusReason | null
}

const meaning = (status: ConsentStatus, reason: ConsentStatusReason | null): Meaning => ({ status, reason })

/**
 * `error_type` of a callback to `cancel_uri` that says how an attempt ended: docs.fiskil.com, auth sessions and errors.
 * AUTH_SESSION_INVALID is not among them: it is also what a used link answers.
 */
export const REFUSALS = {
  AUTH_SESSION_CANCELLED: meaning('REJECTED', 'CANCELLED_BY_USER'),
  CONSENT_ENDUSER_DENIED: meaning('REJECTED', 'DENIED_BY_USER'),
  CONSENT_OTP_FAILURE: meaning('REJECTED', 'OTP_REJECTED'),
  CONSENT_TIMEOUT: meaning('EXPIRED', 'SESSION_EXPIRED'),
  CONSENT_ENDUSER_INELIGIBLE: meaning('FAILED', 'PROVIDER_ERROR'),
  CONSENT_UPSTREAM_PROCESSING_ERROR: meaning('FAILED', 'PROVIDER_ERROR'),
  // The older name of the one before.
  CONSUMERDATA_PROCESSING_ERROR: meaning('FAILED', 'PROVIDER_ERROR'),
} as const satisfies Record<string, Meaning>

export type Refusal = keyof typeof REFUSALS

export const REFUSAL_WORDS = Object.keys(REFUSALS) as readonly Refusal[]

/** Events of webhooks that tell of a consent: docs.fiskil.com, webhooks. */
const EVENTS = {
  'consent.received': meaning('AUTHORIZED', null),
  'consent.updated': meaning('AUTHORIZED', null),
  // Also sent when a consent has run out, which the expiry that is stored here tells.
  'consent.revoked': meaning('REVOKED', 'REVOKED_AT_INSTITUTION'),
} as const satisfies Record<string, Meaning>

/** Null for an event whose meaning is not known. */
export const toEventMeaning = (event: string): Meaning | null => {
  const known = event.toLowerCase()
  return Object.hasOwn(EVENTS, known) ? EVENTS[known as keyof typeof EVENTS] : null
}

/** Clocks differ: an end this close to `expires_at` is its own. */
const END_TOLERANCE_MS = 60_000

/** `termination_reason` does not tell an end by time from one by hand; the time does. */
const toMeaning = ({ active, expiresAt }: FiskilConsent, now: Date): Meaning | null => {
  if (active === true) return meaning('AUTHORIZED', null)
  if (active !== false) return null
  return expiresAt !== null && expiresAt.getTime() - END_TOLERANCE_MS <= now.getTime()
    ? meaning('EXPIRED', 'VALIDITY_ENDED')
    : meaning('REVOKED', 'REVOKED_AT_INSTITUTION')
}

/** One of the provider's words, as far as it is one. */
const toWord = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? `${value}`.slice(0, 64)
    : 'none'

const toAccess = ({ permissions, accountIds, createdAt, expiresAt }: FiskilConsent): ConsentAccess => {
  const covers = (permission: string): boolean | null =>
    permissions.length === 0 ? null : permissions.includes(permission)
  return {
    // In one order, whoever lists them: another order is no change.
    permissions: permissions.toSorted(),
    accountIds: accountIds.toSorted(),
    balances: covers('balances'),
    transactions: covers('transactions'),
    validFrom: createdAt,
    validUntil: expiresAt,
  }
}

export const toProviderConsent = (consent: FiskilConsent, now: Date): ProviderConsent => {
  const known = toMeaning(consent, now)
  return {
    providerConsentId: consent.arrangementId,
    status: known?.status ?? null,
    // There is no status: the flag stands for one.
    raw: `active: ${toWord(consent.active)}`,
    detail: consent.terminationReason?.slice(0, 200) ?? null,
    reason: known?.reason ?? null,
    expiresAt: consent.expiresAt,
    access: toAccess(consent),
    secrets: null,
  }
}

/** One word, without particulars: of a consent, or of an attempt that brought none. */
export const toStatement = (
  providerConsentId: string | null,
  known: Meaning | null,
  raw: string | null,
  detail: string | null = null,
): ProviderConsent => ({
  providerConsentId,
  status: known?.status ?? null,
  raw,
  detail,
  reason: known?.reason ?? null,
  expiresAt: null,
  access: null,
  secrets: null,
})

/** Never the whole number: its last four digits, of at least eight where it is not masked yet. */
const toMaskedNumber = ({ masked_number: masked, account_number: whole }: FiskilAccount): string | null => {
  const digits = (masked || whole || '').replaceAll(/\D/g, '')
  const isEnough = masked ? digits.length >= 4 : digits.length >= 8
  return isEnough ? `•••• ${digits.slice(-4)}` : null
}

/** CDR account ids are the holder's and stay; Fiskil's own are of its copy. */
export const toAccount = (account: FiskilAccount): ProviderAccount => ({
  id: account.fiskil_id || account.account_id || '',
  identity: account.account_id || null,
  name: account.display_name || null,
  maskedNumber: toMaskedNumber(account),
  currency: account.currency || null,
  kind: account.product_category || null,
})

/** By the CDR rules a consent lasts 12 months at most. */
export const MAX_CONSENT_SECONDS = 365 * 86_400

const toLogoUrl = ({ logo, icon }: FiskilInstitution): string | null =>
  [logo, icon].find((address) => URL.parse(address ?? '')?.protocol === 'https:') ?? null

export const toInstitution = (institution: FiskilInstitution): ProviderInstitution => ({
  ref: institution.id,
  name: institution.name,
  country: 'AU',
  logoUrl: toLogoUrl(institution),
  psuTypes: ['PERSONAL', 'BUSINESS'],
  steps: ['REDIRECT'],
  maxConsentSeconds: MAX_CONSENT_SECONDS,
  requiredPsuFields: [],
  available: institution.is_accessible !== false && institution.status?.connections?.status?.toUpperCase() !== 'OUTAGE',
})
