import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CONSENT_STATUSES, isFinalConsent } from '../../../src/domain/consent.ts'
import { parseCallback, toErrorMeaning, toExchangeEnd } from '../../../src/providers/enable-banking/callback.ts'
import { ENABLE_BANKING_ERRORS, toEnableBankingFault } from '../../../src/providers/enable-banking/faults.ts'
import { parseRef, toRef } from '../../../src/providers/enable-banking/institutions.ts'
import { SESSION_STATUSES, toConsent, toEndedStatus } from '../../../src/providers/enable-banking/mapping.ts'
import { UpstreamResponse } from '../../../src/upstream/response.ts'

const now = new Date('2026-03-01T12:00:00Z')
const session = (status: string, validUntil: string | null = null, closed: string | null = null) => ({
  status,
  accounts: null,
  access: { valid_until: validUntil, balances: null, transactions: null },
  closed,
})

const answer = (status: number, body: unknown, effect: 'none' | 'possible' = 'none') =>
  new UpstreamResponse({
    operation: 'test',
    effect,
    status,
    headers: {},
    text: JSON.stringify(body),
    earlierLost: false,
  })

describe('session statuses', () => {
  it('are the eight of the vendor, in any case', () => {
    const unified = Object.keys(SESSION_STATUSES).map((word) => toConsent('s', session(word.toLowerCase()), now).status)
    expect(unified).toEqual([
      'AWAITING_AUTHORIZATION',
      'AWAITING_AUTHORIZATION',
      'AUTHORIZED',
      'REJECTED',
      'FAILED',
      'EXPIRED',
      'REVOKED',
      'REVOKED',
    ])
  })

  it('that are not known move nothing, whatever they are', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (word) => {
        const { status, raw } = toConsent('s', session(word), now)
        expect(raw).toBe(word)
        expect(status === null).toBe(!Object.hasOwn(SESSION_STATUSES, word.toUpperCase()))
      }),
    )
    for (const word of ['__proto__', 'constructor', 'toString'])
      expect(toConsent('s', session(word), now).status).toBeNull()
  })

  it.each([
    ['at its time', '2026-03-01T12:00:00.000000+00:00', null, 'VALIDITY_ENDED'],
    ['by clocks that differ a little', '2026-03-01T12:00:30Z', null, 'VALIDITY_ENDED'],
    ['before its time', '2026-06-01T12:00:00Z', null, 'REVOKED_AT_INSTITUTION'],
    ['before its time, read after it', '2026-02-28T12:00:00Z', '2026-01-01T12:00:00Z', 'REVOKED_AT_INSTITUTION'],
    ['at its time, read later', '2026-02-28T12:00:00Z', '2026-02-28T12:00:00Z', 'VALIDITY_ENDED'],
    ['without a date', null, null, 'VALIDITY_ENDED'],
  ])('EXPIRED %s', (_when, validUntil, closed, reason) => {
    expect(toConsent('s', session('EXPIRED', validUntil, closed), now)).toMatchObject({ status: 'EXPIRED', reason })
  })
})

describe('callbacks', () => {
  it.each([
    ['access_denied', 'Denied data sharing consent', 'REJECTED', 'DENIED_BY_USER'],
    ['ACCESS_DENIED', 'denied data sharing consent.', 'REJECTED', 'DENIED_BY_USER'],
    ['access_denied', null, 'REJECTED', 'DENIED_BY_USER'],
    ['access_denied', 'Cancelled by user', 'REJECTED', 'CANCELLED_BY_USER'],
    ['access_denied', 'Canceled by the PSU', 'REJECTED', 'CANCELLED_BY_USER'],
    ['access_denied', 'Invalid credentials', 'FAILED', 'AUTHENTICATION_FAILED'],
    ['access_denied', 'You cannot retrieve account information', 'FAILED', 'PROVIDER_ERROR'],
    ['access_denied', 'Request denied by the bank', 'FAILED', 'PROVIDER_ERROR'],
    ['server_error', null, 'FAILED', 'PROVIDER_ERROR'],
    ['server_error', 'Cancelled by user', 'FAILED', 'PROVIDER_ERROR'],
    ['invalid_request', 'x', 'FAILED', 'PROVIDER_ERROR'],
    ['word_of_tomorrow', null, 'FAILED', 'PROVIDER_ERROR'],
  ])('%s, %s: %s, %s', (error, description, status, reason) => {
    expect(toErrorMeaning(error, description)).toEqual({ status, reason })
  })

  it('prefer a code to an error, and take what is empty for absent', () => {
    const parse = (query: string) => parseCallback(new URLSearchParams(query))
    expect(parse('error=access_denied&code=c')).toEqual({ kind: 'CODE', code: 'c' })
    expect(parse('code=&error=access_denied&error_description=')).toEqual({
      kind: 'ERROR',
      error: 'access_denied',
      description: null,
    })
    expect(parse('code=&state=s')).toEqual({ kind: 'NOTHING' })
  })

  it('end the attempt with any error, in one line of no more than 200 characters', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ maxLength: 500 }), (error, error_description) => {
        const came = parseCallback(new URLSearchParams({ error, error_description }))
        if (came.kind !== 'ERROR') throw new Error('an error came')
        expect(isFinalConsent(toErrorMeaning(came.error, came.description).status)).toBe(true)
        expect(came.description ?? 'x').toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}]{1,200}$/u)
        expect(came.error.length).toBeGreaterThan(0)
      }),
    )
  })
})

describe('error words', () => {
  it.each(ENABLE_BANKING_ERRORS)('%s has a meaning of its own', (error) => {
    const fault = toEnableBankingFault(answer(422, { message: 'x', code: 422, error, detail: null }), now)
    expect(fault).toMatchObject({ providerCode: error })
    expect(fault.message).not.toBe('x')
    const end = toExchangeEnd(error) ?? { status: toEndedStatus(error) === null ? 'FAILED' : 'EXPIRED' }
    expect(CONSENT_STATUSES).toContain(end.status)
  })

  it('decide, not the status that comes with them; an unknown word leaves it to the status', () => {
    const fault = (status: number, error: string) =>
      toEnableBankingFault(answer(status, { message: 'x', error }), now).code
    expect([400, 401, 422].map((status) => fault(status, 'CLOSED_SESSION'))).toEqual(Array(3).fill('PROVIDER_REJECTED'))
    expect([fault(400, 'TOMORROW'), fault(401, 'TOMORROW'), fault(503, 'TOMORROW')]).toEqual([
      'PROVIDER_REJECTED',
      'PROVIDER_CREDENTIALS_INVALID',
      'PROVIDER_UNAVAILABLE',
    ])
    expect(fault(400, 'constructor')).toBe('PROVIDER_REJECTED')
  })

  it('never carry the text of the body to a caller', () => {
    const secret = 'FI2112345600000785'
    for (const detail of [secret, { message: secret, error_name: secret }, [secret], null]) {
      const fault = toEnableBankingFault(answer(400, { message: secret, error: 'ASPSP_ERROR', detail }), now)
      expect(JSON.stringify([fault.message, fault.providerCode, String(fault.cause)])).not.toContain(secret)
    }
  })

  it('wait as long as the provider says, else as the vendor advises', () => {
    const body = { message: 'x', error: 'ASPSP_RATE_LIMIT_EXCEEDED' }
    expect(toEnableBankingFault(answer(429, body), now).retryAt).toEqual(new Date('2026-03-01T18:00:00Z'))
    const told = new UpstreamResponse({
      operation: 'test',
      effect: 'none',
      status: 429,
      headers: { 'retry-after': '60' },
      text: JSON.stringify(body),
      earlierLost: false,
    })
    expect(toEnableBankingFault(told, now).retryAt).toEqual(new Date('2026-03-01T12:01:00Z'))
  })
})

it('an institution is known again by its ref', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (name) => {
      expect(parseRef(toRef({ name, country: 'FI' }))).toEqual({ name, country: 'FI' })
    }),
  )
  expect([parseRef('FI:'), parseRef('fi:x'), parseRef('x')]).toEqual([null, null, null])
})
