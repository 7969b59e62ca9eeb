import { describe, expect, it } from 'vitest'
import type { Secrets } from '../../../src/domain/consent.ts'
import { BANK, connect, faultOf, startBench, toKey, toRequest, type Wish } from './bench.ts'

const { connector } = connect('http://127.0.0.1:9')
const now = new Date('2026-03-01T10:00:00.700Z')
const prepare = (wish: Wish = {}): Secrets => connector.prepare(toRequest(wish, now))
const refusal = (wish: Wish) => faultOf(() => prepare(wish))
const options = (...path: readonly string[]) => ['input', 'providerOptions', 'openBankProject', ...path]
const seconds = (count: number): Date => new Date(now.getTime() + count * 1000)

describe('prepare', () => {
  it("chooses the way of the code: wish, phone, e-mail, the bank's own", () => {
    const email = 'ada@example.org'
    expect(prepare({ psu: { email } })).toMatchObject({ method: 'SMS', maskedDestination: '*** 00' })
    expect(prepare({ psu: { phone: null, email } })).toMatchObject({
      method: 'EMAIL',
      maskedDestination: 'a***@example.org',
    })
    expect(prepare({ psu: { phone: null } })).toMatchObject({ method: 'IMPLICIT', maskedDestination: null })
    expect(prepare({ psu: { email }, options: { scaMethod: 'EMAIL' } })).toMatchObject({ method: 'EMAIL' })
    expect(prepare({ psu: { email }, options: { scaMethod: 'IMPLICIT' } })).toMatchObject({ method: 'IMPLICIT' })
  })

  it('holds no address in clear', () => {
    const draft = JSON.stringify([
      prepare({ psu: { phone: '+15550123456' } }),
      prepare({ psu: { phone: null, email: 'ada.lovelace@example.org' } }),
    ])
    expect(draft).not.toMatch(/15550123|lovelace/)
  })

  it('counts whole seconds from a whole second, and never past the end that was asked for', () => {
    expect(prepare({ validUntil: seconds(3600) })).toMatchObject({
      validFrom: Math.floor(now.getTime() / 1000),
      timeToLiveSeconds: 3600,
    })
    expect(prepare({ validUntil: seconds(0.5) })).toMatchObject({ timeToLiveSeconds: 1 })
    expect(prepare({ validUntil: null })).toMatchObject({ timeToLiveSeconds: 3600 })
    const validFrom = '2026-03-01T10:30:00.000Z'
    expect(prepare({ options: { validFrom } })).toMatchObject({
      validFrom: Date.parse(validFrom) / 1000,
      timeToLiveSeconds: 1800,
    })
  })

  it.each<[string, Wish, string, readonly string[]]>([
    ['an institution', { institutionRef: null }, 'CAPABILITY_NOT_SUPPORTED', ['input', 'target', 'provider']],
    ['the OTP step', { supportedSteps: ['REDIRECT'] }, 'STEP_UNSUPPORTED', ['input', 'supportedSteps']],
    ['a phone', { psu: { phone: ' ' }, options: { scaMethod: 'SMS' } }, 'INVALID_INPUT', ['input', 'psu', 'phone']],
    ['a phone that is one', { psu: { phone: 'ada' } }, 'INVALID_INPUT', ['input', 'psu', 'phone']],
    ['an e-mail', { options: { scaMethod: 'EMAIL' } }, 'INVALID_INPUT', ['input', 'psu', 'email']],
    ['a second', { validUntil: seconds(0.2) }, 'INVALID_INPUT', ['input', 'access', 'validity']],
    ['an end within the maximum', { validUntil: seconds(3601) }, 'VALIDITY_TOO_LONG', ['input', 'access', 'validity']],
    [
      'a begin before the end',
      { options: { validFrom: '2026-03-01T12:00:00Z' } },
      'INVALID_INPUT',
      options('validFrom'),
    ],
    [
      'no permissions',
      { access: { permissions: ['x'] } },
      'CAPABILITY_NOT_SUPPORTED',
      ['input', 'access', 'permissions'],
    ],
    ['balances', { access: { balances: false } }, 'CAPABILITY_NOT_SUPPORTED', ['input', 'access', 'balances']],
    [
      'transactions',
      { access: { transactions: false } },
      'CAPABILITY_NOT_SUPPORTED',
      ['input', 'access', 'transactions'],
    ],
    ['an account', { access: { accountIds: [] } }, 'INVALID_INPUT', ['input', 'access', 'accountIds']],
    [
      'one choice of accounts',
      { access: { accountIds: ['a'] }, options: { everything: true } },
      'INVALID_INPUT',
      ['input', 'access', 'accountIds'],
    ],
    ['something to cover', { options: { views: [], entitlements: [] } }, 'INVALID_INPUT', options('views')],
    [
      'everything or something',
      { options: { everything: true, entitlements: [{ bankId: '', roleName: 'R' }] } },
      'INVALID_INPUT',
      options(),
    ],
    [
      'views of its bank',
      { options: { views: [{ bankId: 'other', accountId: 'a', viewId: 'owner' }] } },
      'INVALID_INPUT',
      options('views', '0', 'bankId'),
    ],
    [
      'roles of its bank',
      { options: { entitlements: [{ bankId: 'other', roleName: 'R' }] } },
      'INVALID_INPUT',
      options('entitlements', '0', 'bankId'),
    ],
    [
      'whole views',
      { options: { views: [{ bankId: BANK, accountId: 'a' }] } },
      'INVALID_INPUT',
      options('views', '0', 'viewId'),
    ],
    ['known options', { options: { colour: 'red' } }, 'INVALID_INPUT', options()],
    ['a known method', { options: { scaMethod: 'PIGEON' } }, 'INVALID_INPUT', options('scaMethod')],
    ['an instant', { options: { validFrom: 'tomorrow' } }, 'INVALID_INPUT', options('validFrom')],
    ['a token of one line', { options: { userToken: 'a\r\nX: y' } }, 'INVALID_INPUT', options('userToken')],
    ['a token without parameters', { options: { userToken: 'a,username=b' } }, 'INVALID_INPUT', options('userToken')],
  ])('needs %s', async (_, wish, code, path) => {
    expect(await refusal(wish)).toMatchObject({ code, path })
  })

  it('does not repeat a token that it refuses', async () => {
    expect((await refusal({ options: { userToken: 'secret token' } })).message).not.toContain('secret')
  })

  it('takes a renewal to be what the old consent was', async () => {
    await using bench = await startBench()
    const views = [{ bankId: BANK, accountId: 'sandbox.otp.savings', viewId: 'owner' }]
    const entitlements = [{ bankId: '', roleName: 'CanGetAnyUser' }]
    const old = await bench.authorize({ options: { views, entitlements } })
    const renewed = prepare({ renews: toKey(old) })
    expect(renewed).toMatchObject({
      views: [{ bank_id: BANK, account_id: 'sandbox.otp.savings', view_id: 'owner' }],
      entitlements: [{ bank_id: '', role_name: 'CanGetAnyUser' }],
    })
    expect(prepare({ renews: toKey(old), access: { accountIds: ['sandbox.otp.current'] } })).toMatchObject({
      views: null,
    })
    expect(prepare({ renews: toKey(await bench.authorize({ options: { everything: true } })) })).toMatchObject({
      everything: true,
    })
  })

  it('renews with the login of the PSU who consented', async () => {
    await using bench = await startBench()
    const old = await bench.authorize()
    const secrets = { ...old.consent?.secrets, userToken: 'Bearer abc' }
    expect(prepare({ renews: toKey(old, secrets) })).toMatchObject({ userToken: 'Bearer abc' })
  })
})
