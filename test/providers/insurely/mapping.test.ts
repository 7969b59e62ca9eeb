import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFinalConsent } from '../../../src/domain/consent.ts'
import { readInstructions, toChallenge } from '../../../src/providers/insurely/challenge.ts'
import {
  FAILURE_CODES,
  STATUS_WORDS,
  toMeaning,
  toProviderConsent,
  toSessionConsent,
} from '../../../src/providers/insurely/mapping.ts'
import type { Session } from '../../../src/providers/insurely/sealed.ts'
import { HINT_CODES, toHint } from '../../../src/providers/insurely/texts.ts'

describe('words', () => {
  it('are known without regard to case', () => {
    for (const word of STATUS_WORDS) expect(toMeaning(word.toLowerCase())).toEqual(toMeaning(word))
    for (const code of FAILURE_CODES) expect(toMeaning('failed', code.toLowerCase())).toEqual(toMeaning('FAILED', code))
  })

  it('that nobody documented mean nothing, whatever they are', () => {
    const known = new Set<string>(STATUS_WORDS)
    const word = fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', 'toString', 'ACTIVE'))
    fc.assert(fc.property(word, (text) => known.has(text.toUpperCase()) || toMeaning(text) === null))
  })

  it('of a failure always end the consent, known or not', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom(...FAILURE_CODES), fc.constant('constructor')), (code) => {
        const meaning = toMeaning('FAILED', code)
        return meaning !== null && isFinalConsent(meaning.status) && meaning.reason !== null
      }),
    )
  })

  it('follow the table of the design', () => {
    const of = (code: string | null) => toMeaning('FAILED', code)?.status
    expect([of('AUTHENTICATION_CANCELLED'), of('AUTHENTICATION_TIMEOUT')]).toEqual(['REJECTED', 'EXPIRED'])
    const others = FAILURE_CODES.filter((code) => !/_(CANCELLED|TIMEOUT)$/.test(code))
    for (const code of [...others, null, 'NEW_WORD']) expect(of(code)).toBe('FAILED')
  })

  it('of a cause decide only where the status is FAILED', () => {
    expect(toMeaning('AUTHORIZED', 'AUTHENTICATION_CANCELLED')).toEqual(toMeaning('AUTHORIZED'))
  })
})

describe('a consent', () => {
  const consent = { consentId: 'c', company: 'se-x', status: 'EXPIRED' }

  it('shows no access before it is granted', () => {
    const scope = { balances: true, transactions: true }
    expect(toProviderConsent({ ...consent, status: 'INITIATED', scope }).access).toBeNull()
    expect(toProviderConsent({ ...consent, status: 'AUTHORIZED', scope }).access).toMatchObject(scope)
    expect(toProviderConsent({ ...consent, status: 'AUTHORIZED' }).access).toBeNull()
  })

  it('has run out of time during its authorization, and of validity after', () => {
    expect(toSessionConsent(consent).reason).toBe('SESSION_EXPIRED')
    expect(toProviderConsent(consent).reason).toBe('VALIDITY_ENDED')
  })

  it('keeps of a cause a word and no sentence', () => {
    expect(toProviderConsent(consent, 'SOME_CODE').detail).toBe('SOME_CODE')
    expect(toProviderConsent(consent, 'Anna Andersson did not sign').detail).toBeNull()
  })
})

describe('instructions', () => {
  const qr = `bankid.67df3917-fa0d-44e5-b327-edcc928297f8.0.${'dc'.repeat(32)}`
  const session: Session = {
    company: 'se-x',
    language: 'en',
    redirect: null,
    userRef: 'u',
    consentId: 'c',
    frame: null,
  }
  const until = new Date('2026-03-01T12:00:02Z')

  it('are read by the form of the code, whatever its name', () => {
    for (const name of ['qrCodeData', 'SWEDISH_MOBILE_BANKID_ANIMATED_QR_DATA', 'qr']) {
      expect(readInstructions({ [name]: qr }).qrText).toBe(qr)
    }
    expect(readInstructions({ autoStartToken: 'a-b', hint: 'userSign' })).toEqual({
      qrText: null,
      autoStartToken: 'a-b',
      hintCode: 'userSign',
    })
  })

  it.each([
    {},
    { qrCodeData: 'data:image/png;base64,AAAA' },
    { qrCodeData: `${qr}.more` },
    { autoStartToken: 'a&redirect=https://evil.example' },
    { autoStartToken: 7, hintCode: {} },
    { type: 'SWEDISH_SECURITY_TOKEN' },
  ])('%o are nothing that a person could do', (instructions) => {
    expect(toChallenge(session, instructions, until)).toEqual({ challenge: null, frame: null })
  })

  it('without a code, after one was shown, mean that it was scanned', () => {
    const { frame } = toChallenge(session, { qr }, until)
    const shown = toChallenge({ ...session, frame }, {}, until)
    expect(shown.challenge).toMatchObject({ kind: 'QR', scanned: true, hint: null, frame: { text: qr, sequence: 0 } })
  })

  it('hint in both languages, and are silent where the hint is not known', () => {
    for (const code of HINT_CODES) expect(Object.values(toHint(code)?.text ?? {})).toHaveLength(2)
    expect(toHint('newHint')).toBeNull()
    expect(toHint('constructor')).toBeNull()
    expect(toHint(null)).toBeNull()
  })
})
