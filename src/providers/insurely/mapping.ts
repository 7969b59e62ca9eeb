import {
  type ConsentAccess,
  type ConsentStatus,
  type ConsentStatusReason,
  isFinalConsent,
} from '../../domain/consent.ts'
import type { ProviderCollection, ProviderConsent, ProviderInstitution } from '../../domain/provider.ts'
import { LOGIN_METHODS, toSteps } from './login-method.ts'
import type { ConsentStatusAnswer, InsurelyCollection, InsurelyCompany, ListedConsent } from './wire.ts'

export interface Meaning {
  readonly status: ConsentStatus
  readonly reason: ConsentStatusReason | null
}

/** Enum `ConsentStatus` of version 2026-04-01. What FAILED means its error decides. */
const STATUSES = {
  INITIATED: { status: 'INITIATED', reason: null },
  AWAITING_AUTHORIZATION: { status: 'AWAITING_AUTHORIZATION', reason: null },
  AUTHORIZED: { status: 'AUTHORIZED', reason: null },
  REVOKED: { status: 'REVOKED', reason: 'REVOKED_AT_INSTITUTION' },
  EXPIRED: { status: 'EXPIRED', reason: 'VALIDITY_ENDED' },
  FAILED: { status: 'FAILED', reason: 'PROVIDER_ERROR' },
} as const satisfies Record<string, Meaning>

/** For FAILED. AUTHENTICATION_TIMEOUT is documented for consents; the others are words of collections, expected here too. */
const FAILURES = {
  AUTHENTICATION_TIMEOUT: { status: 'EXPIRED', reason: 'SESSION_EXPIRED' },
  AUTHENTICATION_CANCELLED: { status: 'REJECTED', reason: 'DENIED_BY_USER' },
  AUTHENTICATION_MISMATCH: { status: 'FAILED', reason: 'AUTHENTICATION_FAILED' },
  AUTHENTICATION_CONFLICT: { status: 'FAILED', reason: 'AUTHENTICATION_FAILED' },
  AUTHENTICATION_ERROR: { status: 'FAILED', reason: 'AUTHENTICATION_FAILED' },
  INCORRECT_CREDENTIALS: { status: 'FAILED', reason: 'AUTHENTICATION_FAILED' },
  ACCOUNT_TEMPORARILY_LOCKED: { status: 'FAILED', reason: 'AUTHENTICATION_FAILED' },
  LOGIN_METHOD_NOT_APPLICABLE: { status: 'FAILED', reason: 'PROVIDER_ERROR' },
  CUSTOMER_ENROLLMENT_REQUIRED: { status: 'FAILED', reason: 'PROVIDER_ERROR' },
  THIRD_PARTY_ERROR: { status: 'FAILED', reason: 'PROVIDER_ERROR' },
} as const satisfies Record<string, Meaning>

export const STATUS_WORDS = Object.keys(STATUSES) as readonly (keyof typeof STATUSES)[]
export const FAILURE_CODES = Object.keys(FAILURES) as readonly (keyof typeof FAILURES)[]

const isOf = <Table extends object>(table: Table, word: string): word is string & keyof Table =>
  Object.hasOwn(table, word)

/** Null for a word that nobody documented. Without regard to case. */
export const toMeaning = (word: string, errorCode: string | null = null): Meaning | null => {
  const status = word.toUpperCase()
  if (!isOf(STATUSES, status)) return null
  const code = errorCode?.toUpperCase() ?? ''
  return status === 'FAILED' && isOf(FAILURES, code) ? FAILURES[code] : STATUSES[status]
}

/** AUTHORIZED can still end, but nobody is to do anything any more. */
export const isOver = (status: ConsentStatus | null): boolean =>
  status !== null && (status === 'AUTHORIZED' || isFinalConsent(status))

const CODE = /^[\w.:-]{1,64}$/

/** A word, never a sentence. */
const toDetail = (code: string | null): string | null => (code !== null && CODE.test(code) ? code : null)

const toAccess = ({ scope, expiresAt }: ListedConsent): ConsentAccess | null =>
  scope == null
    ? null
    : {
        permissions: [],
        accountIds: scope.accountIds ?? null,
        balances: scope.balances ?? null,
        transactions: scope.transactions ?? null,
        validFrom: null,
        validUntil: expiresAt ?? null,
      }

/** What is granted shows only once it is: until then the scope is what was asked for. */
export const toProviderConsent = (consent: ListedConsent, errorCode: string | null = null): ProviderConsent => {
  const meaning = toMeaning(consent.status, errorCode)
  const isGranted = meaning?.status === 'AUTHORIZED'
  return {
    providerConsentId: consent.consentId,
    status: meaning?.status ?? null,
    raw: consent.status,
    detail: toDetail(errorCode),
    reason: meaning?.reason ?? null,
    expiresAt: isGranted ? (consent.expiresAt ?? null) : null,
    access: isGranted ? toAccess(consent) : null,
    secrets: null,
  }
}

/** During an authorization EXPIRED means that its time ran out, not that of a granted access. */
export const toSessionConsent = (answer: ConsentStatusAnswer): ProviderConsent => {
  const consent = toProviderConsent(answer, answer.error?.code ?? null)
  return consent.reason === 'VALIDITY_ENDED' ? { ...consent, reason: 'SESSION_EXPIRED' } : consent
}

/** `se-nordea` */
const COUNTRY = /^([a-z]{2})-/

/** Null for a company that has no login with BankID: nobody could authorize anything there. One that names none may have it. */
export const toInstitution = (company: InsurelyCompany): ProviderInstitution | null => {
  const steps = toSteps(company.loginMethods ?? LOGIN_METHODS)
  if (steps.length === 0) return null
  return {
    ref: company.company,
    name: company.companyDisplayName?.trim() || company.company,
    country: COUNTRY.exec(company.company)?.[1]?.toUpperCase() ?? null,
    logoUrl: null,
    // BankID is of persons.
    psuTypes: ['PERSONAL'],
    steps,
    maxConsentSeconds: null,
    requiredPsuFields: ['personalNumber'],
    available: company.functional !== false,
  }
}

export const toCollection = (
  { collectionId, company, status, createdAt }: InsurelyCollection,
  institutionName: string | null,
): ProviderCollection => ({
  id: collectionId,
  institutionName: institutionName ?? company ?? null,
  status,
  createdAt: createdAt ?? null,
})
