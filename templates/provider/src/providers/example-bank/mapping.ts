import type { ConsentStatus, ConsentStatusReason } from '../../domain/consent.ts'
import type { ProviderConsent, ProviderInstitution } from '../../domain/provider.ts'
import type { ListedBank, WireConsent } from './wire.ts'

interface Meaning {
  readonly status: ConsentStatus
  readonly reason: ConsentStatusReason | null
}

/** The words of `GET /consents/{id}`. Name here where each is documented, and of which date. */
export const STATUSES = {
  WAITING: { status: 'AWAITING_AUTHORIZATION', reason: null },
  GRANTED: { status: 'AUTHORIZED', reason: null },
  DENIED: { status: 'REJECTED', reason: 'DENIED_BY_USER' },
  /** The link ran out before anybody decided. */
  LAPSED: { status: 'EXPIRED', reason: 'SESSION_EXPIRED' },
  ENDED: { status: 'EXPIRED', reason: 'VALIDITY_ENDED' },
  WITHDRAWN: { status: 'REVOKED', reason: 'REVOKED_AT_INSTITUTION' },
} as const satisfies Record<string, Meaning>

/** Without regard to case; null for a word that nobody documented, which moves nothing and never throws. */
const toMeaning = (word: string): Meaning | null => {
  const known = word.toUpperCase()
  return Object.hasOwn(STATUSES, known) ? STATUSES[known as keyof typeof STATUSES] : null
}

export const toProviderConsent = (consent: WireConsent): ProviderConsent => {
  const meaning = toMeaning(consent.status)
  const isGranted = meaning?.status === 'AUTHORIZED'
  return {
    providerConsentId: consent.id,
    status: meaning?.status ?? null,
    raw: consent.status,
    detail: null,
    reason: meaning?.reason ?? null,
    expiresAt: consent.expiresAt ?? null,
    access: isGranted
      ? {
          permissions: [],
          accountIds: null,
          balances: consent.balances ?? null,
          transactions: consent.transactions ?? null,
          validFrom: null,
          validUntil: consent.expiresAt ?? null,
        }
      : null,
    secrets: null,
  }
}

/** Of a consent that ended by our own call, or that is not there any more. */
export const toEnded = (consentId: string): ProviderConsent => ({
  providerConsentId: consentId,
  status: 'REVOKED',
  raw: null,
  detail: null,
  reason: null,
  expiresAt: null,
  access: null,
  secrets: null,
})

/** 90 days, and the provider sets them by itself. */
export const MAX_CONSENT_SECONDS = 90 * 86_400

export const toInstitution = ({ id, name }: ListedBank): ProviderInstitution => ({
  ref: id,
  name,
  country: null,
  logoUrl: null,
  psuTypes: ['PERSONAL'],
  steps: ['REDIRECT'],
  maxConsentSeconds: MAX_CONSENT_SECONDS,
  requiredPsuFields: [],
  available: true,
})
