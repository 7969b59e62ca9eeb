import { createHash } from 'node:crypto'

/** An account at the simulated bank, the same for every session; `cardNumber` where it has no IBAN. */
export interface BankAccount {
  readonly key: string
  readonly iban: string | null
  readonly cardNumber: string | null
  readonly name: string
  readonly cashAccountType: 'CACC' | 'CARD' | 'SVGS'
  readonly currency: string
  /** A blocked account is listed without a uid and cannot be read. */
  readonly blocked: boolean
}

const sha256 = (text: string) => createHash('sha256').update(text).digest()

/** Digits of a BBAN by country, all numeric here. */
const bbanDigits: Readonly<Record<string, number>> = { DE: 18, FI: 14, SE: 20 }

function toIban(country: string, seed: string): string {
  const length = bbanDigits[country] ?? 16
  const bban = BigInt(`0x${sha256(seed).toString('hex')}`)
    .toString()
    .slice(-length)
    .padStart(length, '0')
  const numeric = `${bban}${country}00`.replaceAll(/[A-Z]/g, (letter) => String(Number.parseInt(letter, 36)))
  const check = 98n - (BigInt(numeric) % 97n)
  return `${country}${check.toString().padStart(2, '0')}${bban}`
}

export function accountsOf(bank: { readonly name: string; readonly country: string }): readonly BankAccount[] {
  const seed = `${bank.country}/${bank.name}`
  const currency = bank.country === 'SE' ? 'SEK' : 'EUR'
  const account = (key: string, name: string, more: Partial<BankAccount> = {}): BankAccount => ({
    key,
    iban: toIban(bank.country, `${seed}/${key}`),
    cardNumber: null,
    name,
    cashAccountType: 'CACC',
    currency,
    blocked: false,
    ...more,
  })
  return [
    account('current', 'Current account'),
    account('savings', 'Savings account', { cashAccountType: 'SVGS' }),
    account('card', 'Credit card', {
      iban: null,
      cardNumber: '535522******1234',
      cashAccountType: 'CARD',
      currency: 'XXX',
    }),
    account('blocked', 'Blocked account', { blocked: true }),
  ]
}

/** The same in every session and for every PSU: what clients recognize an account by. */
export function identificationHash(account: BankAccount): string {
  return sha256(account.iban ?? `${account.key}/${account.cardNumber ?? ''}`).toString('base64')
}

const toIdentification = ({ iban, cardNumber }: BankAccount) =>
  iban === null ? { other: { identification: cardNumber, scheme_name: 'CPAN' } } : { iban }

/** As AccountResource. */
export function toAccountResource(account: BankAccount, uid: string | null, bank: { readonly name: string }) {
  const hash = identificationHash(account)
  return {
    account_id: toIdentification(account),
    all_account_ids: [toIdentification(account)],
    account_servicer: { bic_fi: 'MOCKFIHH', clearing_system_member_id: null, name: bank.name },
    name: account.name,
    details: null,
    usage: 'PRIV',
    cash_account_type: account.cashAccountType,
    product: null,
    currency: account.currency,
    psu_status: null,
    credit_limit: null,
    legal_age: null,
    postal_address: null,
    ...(uid !== null && { uid }),
    identification_hash: hash,
    identification_hashes: [hash],
  }
}
