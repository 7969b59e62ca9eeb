import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  blameObpAnswer,
  isLoginRefused,
  OBP_NUMBERS,
  toObpFault,
} from '../../../src/providers/open-bank-project/faults.ts'
import { parseRefusal } from '../../../src/providers/open-bank-project/wire.ts'
import { UpstreamResponse } from '../../../src/upstream/response.ts'

const SECRET = 'eyJhbGciOiJIUzI1NiJ9.secret-token'

const answer = (
  status: number,
  body: unknown,
  { effect = 'none', headers = {} }: { effect?: 'none' | 'possible'; headers?: Record<string, string> } = {},
): UpstreamResponse =>
  new UpstreamResponse({
    operation: 'test',
    effect,
    status,
    headers,
    text: typeof body === 'string' ? body : JSON.stringify(body),
    earlierLost: false,
  })

const refuse = (status: number, message: string, effect?: 'possible'): UpstreamResponse =>
  answer(status, { code: status, message }, effect && { effect })

describe('parseRefusal', () => {
  it.each([
    [
      'OBP-50200: Connector cannot return the data we requested. <- OBP-35001: Consent not found by CONSENT_ID. ',
      '35001',
    ],
    ['OBP-50200: a <- OBP-50000: b <- OBP-35012: Consent is already revoked. ', '35012'],
    ['OBP-30001: Bank not found. Current BankId is B', '30001'],
    ['OBP-30001: Bank not found. Current BankId is OBP-35012', '30001'],
    ['OBP-35001', '35001'],
    ['Verbindung fehlgeschlagen (OBP-50005)', '50005'],
    ['OBP-50200: x <- OBP-35025', '35025'],
  ])('takes the last cause of %s', (message, number) => {
    expect(parseRefusal(refuse(400, message))?.number).toBe(number)
  })

  it('takes the last of any chain', () => {
    const number = fc.integer({ min: 0, max: 99_999 }).map((n) => String(n).padStart(5, '0'))
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 6 }), (numbers) => {
        const message = numbers.map((n) => `OBP-${n}: Some text.`).join(' <- ')
        expect(parseRefusal(refuse(400, message))?.number).toBe(numbers.at(-1))
      }),
    )
  })

  it.each([
    ['<html>502 Bad Gateway</html>'],
    ['{"code": 400, "message": "OBP-350'],
    [{ code: 400 }],
    [{ message: 35_001 }],
    [{ message: 'OBP-350011: six digits' }],
    [{ message: 'XOBP-35001: not at a word' }],
    ['null'],
    [''],
  ])('finds nothing in %j', (body) => {
    expect(parseRefusal(answer(400, body))).toBeNull()
  })
})

describe('toObpFault', () => {
  it.each([
    [401, 'OBP-20008: x', 'PROVIDER_CREDENTIALS_INVALID', null],
    [401, 'OBP-35007: x', 'PROVIDER_CREDENTIALS_INVALID', null],
    [401, 'OBP-35015: x', 'PROVIDER_CREDENTIALS_INVALID', null],
    [404, 'OBP-30001: x', 'NOT_FOUND', ['input', 'target', 'institutionId']],
    [400, 'OBP-35013: x', 'INVALID_INPUT', ['input', 'providerOptions', 'openBankProject', 'entitlements']],
    [400, 'OBP-35014: x', 'INVALID_INPUT', ['input', 'providerOptions', 'openBankProject', 'views']],
    [400, 'OBP-35009: x', 'INVALID_INPUT', ['input', 'providerOptions', 'openBankProject', 'scaMethod']],
    [400, 'OBP-35010: x', 'PROVIDER_REJECTED', null],
    [401, 'OBP-35003: x', 'PROVIDER_REJECTED', null],
    [403, 'OBP-20006: x', 'PROVIDER_REJECTED', null],
    [400, 'OBP-50200: x', 'PROVIDER_UNAVAILABLE', null],
    [500, 'OBP-50005: x', 'PROVIDER_UNAVAILABLE', null],
    [400, 'OBP-99999: x', 'PROVIDER_REJECTED', null],
  ])('%i %s is %s', (status, message, code, path) => {
    const fault = toObpFault(refuse(status, message), 'CONFIGURED_USER')
    expect(fault).toMatchObject({ code, path, providerCode: message.slice(0, 9) })
  })

  it('says the maximum of the server', () => {
    const message = 'OBP-35020: You exceeded max value of time to live of consents. (1800)'
    const fault = toObpFault(refuse(400, message, 'possible'), 'CONFIGURED_USER')
    expect(fault).toMatchObject({ code: 'VALIDITY_TOO_LONG', path: ['input', 'access', 'validity'] })
    expect(fault.message).toContain('1800 seconds')
  })

  it('goes by the number, whatever the status', () => {
    for (const status of [400, 401, 403, 404]) {
      expect(toObpFault(refuse(status, 'OBP-20003: x'), 'CONFIGURED_USER').code).toBe('PROVIDER_CREDENTIALS_INVALID')
    }
  })

  it('does not blame the operator for a token of the PSU', () => {
    expect(toObpFault(refuse(400, 'OBP-20003: x'), 'PSU_TOKEN').code).toBe('PROVIDER_REJECTED')
    expect(toObpFault(refuse(401, 'OBP-20004: x'), 'PSU_TOKEN').code).toBe('PROVIDER_CREDENTIALS_INVALID')
  })

  it('knows when to come back', () => {
    const headers = { 'x-rate-limit-limit': '10', 'x-rate-limit-reset': '30' }
    const before = Date.now()
    const fault = toObpFault(answer(429, { message: 'OBP-10018: Too Many Requests.' }, { headers }), 'CONFIGURED_USER')
    expect(fault).toMatchObject({ code: 'PROVIDER_RATE_LIMITED', providerCode: 'OBP-10018', retryable: true })
    expect(fault.retryAt?.getTime()).toBeGreaterThanOrEqual(before + 30_000)
    expect(fault.retryAt?.getTime()).toBeLessThanOrEqual(Date.now() + 30_000)
  })

  it('does not know what a failing server has done', () => {
    for (const status of [408, 500, 502, 504]) {
      expect(toObpFault(refuse(status, 'OBP-50005: x', 'possible'), 'CONFIGURED_USER').code).toBe('OUTCOME_UNKNOWN')
      expect(toObpFault(answer(status, '<html>', { effect: 'possible' }), 'CONFIGURED_USER').code).toBe(
        'OUTCOME_UNKNOWN',
      )
    }
  })

  it("shows nothing of the server's text, which may quote a token", () => {
    for (const number of OBP_NUMBERS) {
      for (const acting of ['CONFIGURED_USER', 'PSU_TOKEN', 'CONSENT', 'NOBODY'] as const) {
        const fault = toObpFault(refuse(400, `OBP-${number}: ${SECRET}`), acting)
        expect(JSON.stringify([fault.message, fault.path, String(fault.cause)])).not.toContain('secret')
        expect(fault.message).not.toBe('')
      }
    }
  })
})

describe('isLoginRefused', () => {
  it.each([
    [400, 'OBP-20003: x', true],
    [401, 'OBP-20003: x', true],
    [401, 'OBP-20001: x', true],
    [401, 'OBP-20004: x', false],
    [401, 'OBP-20003: x <- OBP-35001: y', false],
    [500, 'OBP-20003: x', false],
    [201, 'OBP-20003: x', false],
  ])('%i %s: %s', (status, message, refused) => {
    expect(isLoginRefused(refuse(status, message))).toBe(refused)
  })
})

describe('blameObpAnswer', () => {
  it('tells a broken bank from a broken server', () => {
    expect(blameObpAnswer(refuse(500, 'OBP-50005: x'))).toBe('INSTITUTION')
    expect(blameObpAnswer(answer(502, '<html>'))).toBe('PROVIDER')
    expect(blameObpAnswer(refuse(400, 'OBP-50200: x'))).toBe('NOBODY')
  })
})
