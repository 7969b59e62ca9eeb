import type { ConsentAccess, ConsentStatus, ConsentStatusReason } from '../../domain/consent.ts'
import type { ProviderAccount, ProviderInstitution } from '../../domain/provider.ts'
import type { ConsentClaims } from './consent-jwt.ts'
import type { ObpAccount, ObpBank } from './wire.ts'

interface StatusMeaning {
  readonly status: ConsentStatus
  readonly reason: ConsentStatusReason | null
}

/**
 * OBP-API, code/consent/ConsentProvider.scala: the 13 words of 2026, of which two pairs differ in case only. The endpoints
 * of v3.1.0 write INITIATED, ACCEPTED, REJECTED and REVOKED; servers of 2026 also EXPIRED. A server of 2024 leaves
 * ACCEPTED standing when the consent has run out: its `exp` says so.
 */
export const OBP_STATUSES = {
  INITIATED: { status: 'AWAITING_AUTHORIZATION', reason: null },
  ACCEPTED: { status: 'AUTHORIZED', reason: null },
  /** Only a wrong answer writes it. */
  REJECTED: { status: 'REJECTED', reason: 'OTP_REJECTED' },
  REVOKED: { status: 'REVOKED', reason: 'REVOKED_AT_INSTITUTION' },
  EXPIRED: { status: 'EXPIRED', reason: 'VALIDITY_ENDED' },
  /** Berlin Group. */
  RECEIVED: { status: 'AWAITING_AUTHORIZATION', reason: null },
  VALID: { status: 'AUTHORIZED', reason: null },
  REVOKEDBYPSU: { status: 'REVOKED', reason: 'REVOKED_AT_INSTITUTION' },
  TERMINATEDBYTPP: { status: 'REVOKED', reason: 'REVOKED_BY_CLIENT' },
  /** UK Open Banking. */
  AWAITINGAUTHORISATION: { status: 'AWAITING_AUTHORIZATION', reason: null },
  AUTHORISED: { status: 'AUTHORIZED', reason: null },
} as const satisfies Record<string, StatusMeaning>

export type ObpStatus = keyof typeof OBP_STATUSES

const isStatus = (word: string): word is ObpStatus => Object.hasOwn(OBP_STATUSES, word)

/** Without regard to case, in ASCII only: `ı` is no `I`. Null for a word that nobody documented. */
export const toStatus = (word: string): StatusMeaning | null => {
  const upper = /^[a-z]+$/i.test(word) ? word.toUpperCase() : ''
  return isStatus(upper) ? OBP_STATUSES[upper] : null
}

const unique = (values: readonly string[]): readonly string[] => [...new Set(values)]

export const toDate = (epochSeconds: number): Date => new Date(epochSeconds * 1000)

/**
 * What a consent grants. Views and roles are OBP's permissions; whether a view shows balances only the bank knows. Null
 * where the JWT names neither: no consent is for nothing.
 */
export const toAccess = ({ views, entitlements, notBefore, expiresAt }: ConsentClaims): ConsentAccess | null =>
  views.length === 0 && entitlements.length === 0
    ? null
    : {
        permissions: unique([
          ...views.map(({ view_id: id }) => id),
          ...entitlements.map(({ role_name: name }) => name),
        ]),
        accountIds: unique(views.map(({ account_id: id }) => id)),
        balances: null,
        transactions: null,
        validFrom: notBefore === null ? null : toDate(notBefore),
        validUntil: expiresAt === null ? null : toDate(expiresAt),
      }

const toWebAddress = (text: string | null | undefined): string | null => {
  const address = URL.parse(text ?? '')
  return address !== null && /^https?:$/.test(address.protocol) ? address.href : null
}

export const toInstitution = (bank: ObpBank, maxConsentSeconds: number): ProviderInstitution => ({
  ref: bank.id,
  name: [bank.full_name, bank.short_name, bank.bank_code].find((name) => name?.trim()) ?? bank.id,
  country: null,
  logoUrl: toWebAddress(bank.logo),
  psuTypes: ['PERSONAL', 'BUSINESS'],
  steps: ['OTP'],
  maxConsentSeconds,
  requiredPsuFields: [],
  available: true,
})

/** The last four characters of what is long enough to hide the rest. */
const mask = (number: string): string | null => {
  const plain = number.replaceAll(/\s/g, '')
  return plain.length < 8 ? null : `*** ${plain.slice(-4)}`
}

/** An account that has no number is routed by its id. */
const toMaskedNumber = ({ id, account_routings: routings }: ObpAccount): string | null => {
  const numbers = (routings ?? []).filter(({ address }) => address !== id)
  const known = numbers.find(({ scheme }) => /^iban$/i.test(scheme)) ?? numbers[0]
  return known === undefined ? null : mask(known.address)
}

export const toAccount = (account: ObpAccount): ProviderAccount => ({
  id: account.id,
  // The bank's own id of the account, the same under each consent; unique within the bank.
  identity: `${account.bank_id}/${account.id}`,
  name: account.label?.trim() || null,
  maskedNumber: toMaskedNumber(account),
  currency: null,
  kind: account.account_type?.trim() || null,
})
