import { describe, expect, it } from 'vitest'
import type { StartRequest } from '../../../src/domain/provider.ts'
import { chooseLoginMethod } from '../../../src/providers/insurely/login-method.ts'
import { toBody, toDraft, toLastDay } from '../../../src/providers/insurely/prepare.ts'
import { PERSONAL_NUMBER, psu, thrown, toRequest } from './harness.ts'

const now = new Date('2026-03-01T12:00:00Z')
const bodyOf = (fields: Partial<StartRequest> = {}, offered: readonly string[] | null = null) =>
  toBody(toRequest(now, fields), offered)
const access = toRequest(now).access

describe('what is sent', () => {
  it('names access and person', () => {
    const request = {
      psu: psu({ locale: 'sv_se', ipAddress: '192.0.2.1', personalNumber: '19850715-9876' }),
      access: { ...access, accountIds: ['SE1'], transactions: false },
      validUntil: new Date('2026-05-30T12:00:00Z'),
    }
    expect(bodyOf(request)).toEqual({
      company: 'se-sandbox-bankid',
      loginMethod: 'SWEDISH_MOBILE_BANKID_OTHER_DEVICE',
      parameters: [
        {
          type: 'PSD2_AIS_CONSENT',
          accountIds: ['SE1'],
          balances: true,
          transactions: false,
          psuIpAddress: '192.0.2.1',
          psuLocale: 'sv-SE',
          validUntil: '2026-05-29',
        },
        { type: 'SWEDISH_BANKID', personalNumber: '198507159876' },
      ],
    })
  })

  it.each([
    ['sv', 'sv-SE'],
    ['en-GB', 'en-GB'],
    ['nb', 'nb-NO'],
    ['not a locale', undefined],
    [null, undefined],
  ])('takes the locale %s as %s', (locale, psuLocale) => {
    expect(bodyOf({ psu: psu({ locale }) }).parameters[0].psuLocale).toBe(psuLocale)
  })

  it('leaves the end to the bank where none was asked for', () => {
    expect(bodyOf({ validUntil: null }).parameters[0]).not.toHaveProperty('validUntil')
  })

  it.each([
    // Swedish midnight is 22:00 or 23:00 UTC.
    ['2026-06-30T22:00:00Z', '2026-06-30'],
    ['2026-06-30T21:59:59Z', '2026-06-29'],
    ['2026-12-31T23:00:00Z', '2026-12-31'],
    ['2026-12-31T22:59:59Z', '2026-12-30'],
    ['2026-03-01T23:00:00Z', '2026-03-01'],
  ])('never asks for longer than %s: %s', (until, day) => {
    expect(toLastDay(new Date(until), now)).toBe(day)
  })

  it('refuses what ends before a day does', () => {
    expect(thrown(() => toLastDay(new Date('2026-03-01T22:59:59Z'), now))).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['input', 'access', 'validity'],
    })
  })
})

describe('what is refused', () => {
  it.each([
    [{ institutionRef: null }, 'CAPABILITY_NOT_SUPPORTED', ['input', 'target', 'provider']],
    [{ psu: psu({ personalNumber: null }) }, 'INVALID_INPUT', ['input', 'psu', 'personalNumber']],
    [{ psu: psu({ personalNumber: '8507159876' }) }, 'INVALID_INPUT', ['input', 'psu', 'personalNumber']],
    [{ psu: psu({ personalNumber: '1985071598761' }) }, 'INVALID_INPUT', ['input', 'psu', 'personalNumber']],
    [{ psu: psu({ personalNumber: '１９８５０７１５９８７６' }) }, 'INVALID_INPUT', ['input', 'psu', 'personalNumber']],
    [{ access: { ...access, permissions: ['x'] } }, 'CAPABILITY_NOT_SUPPORTED', ['input', 'access', 'permissions']],
    [{ access: { ...access, accountIds: [] } }, 'INVALID_INPUT', ['input', 'access', 'accountIds']],
    [{ options: { loginMethod: 'EMAIL' } }, 'INVALID_INPUT', ['input', 'providerOptions', 'insurely', 'loginMethod']],
    [{ options: { other: 1 } }, 'INVALID_INPUT', ['input', 'providerOptions', 'insurely', 'loginMethod']],
    [{ supportedSteps: ['OTP'] }, 'STEP_UNSUPPORTED', ['input', 'supportedSteps']],
  ] as const)('%o', (fields, code, path) => {
    const fault = thrown(() => bodyOf(fields))
    expect(fault).toMatchObject({ code, path })
    expect(fault.message).not.toMatch(/\d{4}/)
  })
})

it('keeps no personal number', () => {
  const draft = toDraft(toRequest(now, { psu: psu({ locale: 'sv-SE' }) }))
  expect(draft).toEqual({ company: 'se-sandbox-bankid', language: 'sv', redirect: 'https://app.example/done' })
  expect(JSON.stringify(draft)).not.toContain(PERSONAL_NUMBER)
})

describe('the login method', () => {
  const [same, other, any] = ['SAME', 'OTHER', 'ANY'].map((way) => `SWEDISH_MOBILE_BANKID_${way}_DEVICE`)
  const both = ['QR', 'APP_LAUNCH'] as const

  it.each([
    ['SAME', both, null, same],
    ['OTHER', both, null, other],
    ['ANY', both, null, any],
    ['ANY', ['APP_LAUNCH'], null, same],
    ['ANY', ['QR'], null, any],
    ['ANY', both, [other], other],
    ['ANY', both, [same], same],
    ['OTHER', both, [`${other}_MOCK`], `${other}_MOCK`],
    ['SAME', both, [other, `${same}_TEST`], `${same}_TEST`],
  ] as const)('%s, %j, of %j: %s', (device, supportedSteps, offered, chosen) => {
    const wish = { loginMethod: null, device, supportedSteps, offered: offered as readonly string[] | null }
    expect(chooseLoginMethod(wish)).toBe(chosen)
  })

  it.each([
    ['SAME', ['QR'], null, 'STEP_UNSUPPORTED'],
    ['OTHER', ['APP_LAUNCH'], null, 'STEP_UNSUPPORTED'],
    ['SAME', both, [other], 'INVALID_INPUT'],
    ['ANY', both, ['EMAIL'], 'INVALID_INPUT'],
  ] as const)('%s, %j, of %j is refused: %s', (device, supportedSteps, offered, code) => {
    const wish = { loginMethod: null, device, supportedSteps, offered: offered as readonly string[] | null }
    expect(thrown(() => chooseLoginMethod(wish)).code).toBe(code)
  })

  it('is the one that was wished for, whatever the device, where the institution has it', () => {
    const wish = {
      loginMethod: 'SWEDISH_MOBILE_BANKID_SAME_DEVICE',
      device: 'OTHER',
      supportedSteps: both,
      offered: null,
    } as const
    expect(chooseLoginMethod(wish)).toBe(same)
    expect(thrown(() => chooseLoginMethod({ ...wish, offered: [other ?? ''] }))).toMatchObject({
      path: ['input', 'providerOptions', 'insurely', 'loginMethod'],
    })
  })
})
