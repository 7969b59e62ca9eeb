import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OBP_STATUSES, toAccount, toInstitution, toStatus } from '../../../src/providers/open-bank-project/mapping.ts'

/** As a server of 2026 spells them. */
const WORDS_OF_2026 = {
  INITIATED: 'AWAITING_AUTHORIZATION',
  ACCEPTED: 'AUTHORIZED',
  REJECTED: 'REJECTED',
  rejected: 'REJECTED',
  REVOKED: 'REVOKED',
  EXPIRED: 'EXPIRED',
  received: 'AWAITING_AUTHORIZATION',
  valid: 'AUTHORIZED',
  revokedByPsu: 'REVOKED',
  expired: 'EXPIRED',
  terminatedByTpp: 'REVOKED',
  AUTHORISED: 'AUTHORIZED',
  AWAITINGAUTHORISATION: 'AWAITING_AUTHORIZATION',
} as const

const inAnyCase = (word: string): fc.Arbitrary<string> => fc.mixedCase(fc.constant(word))

describe('toStatus', () => {
  it('knows all words of 2026, and no others', () => {
    for (const [word, status] of Object.entries(WORDS_OF_2026)) expect(toStatus(word)?.status).toBe(status)
    const known = new Set(Object.keys(WORDS_OF_2026).map((word) => word.toUpperCase()))
    expect(new Set(Object.keys(OBP_STATUSES))).toEqual(known)
  })

  it('compares without case', () => {
    for (const word of Object.keys(OBP_STATUSES)) {
      fc.assert(
        fc.property(inAnyCase(word), (spelled) => {
          expect(toStatus(spelled)).toEqual(toStatus(word))
        }),
        { numRuns: 20 },
      )
    }
  })

  it('maps no unknown word', () => {
    const known = new Set(Object.keys(OBP_STATUSES))
    const near = fc.constantFrom(...known).chain((word) => fc.string({ maxLength: 2 }).map((end) => word + end))
    fc.assert(
      fc.property(fc.oneof(fc.string(), near, fc.constantFrom('constructor', '__proto__', 'toString')), (word) => {
        fc.pre(!/^[a-z]+$/i.test(word) || !known.has(word.toUpperCase()))
        expect(toStatus(word)).toBeNull()
      }),
    )
  })

  it('takes no letter for another that looks alike', () => {
    expect(toStatus('ınıtıated')).toBeNull()
    expect(toStatus(' ACCEPTED')).toBeNull()
  })

  it('has a wrong code as the reason of REJECTED', () => {
    expect(toStatus('REJECTED')?.reason).toBe('OTP_REJECTED')
  })
})

describe('toInstitution', () => {
  it.each([
    [{ id: 'b', full_name: 'The Bank', short_name: 'TB' }, 'The Bank'],
    [{ id: 'b', full_name: ' ', short_name: 'TB' }, 'TB'],
    [{ id: 'b', full_name: '', bank_code: 'TBX' }, 'TBX'],
    [{ id: 'b' }, 'b'],
  ])('names %j', (bank, name) => {
    expect(toInstitution(bank, 3600)).toMatchObject({ ref: 'b', name, country: null, maxConsentSeconds: 3600 })
  })

  it.each([
    ['https://bank.example/logo.png', 'https://bank.example/logo.png'],
    ['http://bank.example/logo.png', 'http://bank.example/logo.png'],
    ['javascript:alert(1)', null],
    ['data:image/png;base64,AAAA', null],
    ['logo.png', null],
    ['', null],
    [null, null],
  ])('takes %s as the logo %s', (logo, logoUrl) => {
    expect(toInstitution({ id: 'b', logo }, 1)).toMatchObject({ logoUrl })
  })
})

describe('toAccount', () => {
  it('never shows a whole number', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), (address) => {
        const plain = address.replaceAll(/\s/g, '')
        fc.pre(plain.length > 0)
        const account = { id: 'a', bank_id: 'b', account_routings: [{ scheme: 'IBAN', address }] }
        const masked = toAccount(account).maskedNumber
        if (masked !== null) expect(masked.length - '*** '.length).toBeLessThanOrEqual(plain.length / 2)
      }),
    )
  })

  it('prefers an IBAN, and has an identity that the consent has no part in', () => {
    const routings = [
      { scheme: 'AccountNumber', address: '12345678' },
      { scheme: 'Iban', address: 'DE89 3704 0044 0532 0130 00' },
    ]
    expect(
      toAccount({ id: 'a', bank_id: 'b', label: 'Mine', account_type: 'CURRENT', account_routings: routings }),
    ).toEqual({ id: 'a', identity: 'b/a', name: 'Mine', maskedNumber: '*** 3000', currency: null, kind: 'CURRENT' })
  })
})
