import { describe, expect, it } from 'vitest'
import { OBP_SANDBOX_SEED } from '../../src/sandbox/open-bank-project/seed.ts'
import { matching, startObp } from './obp-client.ts'

const user = '/obp/v3.0.0/users/current'
const accounts = '/obp/v3.1.0/my/accounts'
const key = { 'Consumer-Key': OBP_SANDBOX_SEED.consumerKey }
const retired = '7c1d6d5e-0000-4000-8000-000000000001'

describe('a call under a consent', () => {
  it('is one of a technical user with the rights of the consent only', async () => {
    await using obp = await startObp()
    const { jwt } = await obp.accepted()
    const me = await obp.send('GET', user, { 'Consent-JWT': jwt, ...key })
    expect(me).toMatchObject({ status: 200, body: { provider: obp.sandbox.url, entitlements: { list: [] } } })
    expect(me.body.user_id).not.toBe(OBP_SANDBOX_SEED.userId)
    const seen = await obp.send('GET', accounts, { 'Consent-JWT': jwt, ...key })
    expect(seen.body.accounts).toMatchObject([
      { id: 'sandbox.otp.current', bank_id: 'sandbox.otp', views: [{ id: 'owner' }] },
    ])
    const mine = (await obp.call('GET', accounts)).body.accounts as unknown[]
    expect(mine).toHaveLength(OBP_SANDBOX_SEED.banks.length * 2)
    const here = await obp.call('GET', '/obp/v3.1.0/banks/sandbox.otp/accounts/private')
    expect(here.body.accounts).toMatchObject([
      { id: 'sandbox.otp.current' },
      { id: 'sandbox.otp.savings', views: [{ id: 'owner' }] },
    ])
  })

  it('takes the JWT or, in Consent-Id, the id, and notes the day of use', async () => {
    await using obp = await startObp()
    const { jwt, consentId } = await obp.accepted()
    for (const value of [jwt, consentId]) {
      expect((await obp.send('GET', user, { 'Consent-Id': value, ...key })).status).toBe(200)
    }
    const infos = await obp.call('GET', '/obp/v4.0.0/banks/sandbox.otp/my/consent-infos')
    expect(infos.body.consents[0]?.last_usage_date).toBe(obp.clock.now().toISOString().slice(0, 10))
  })

  it('matches header names by case, and a consent wins over a login', async () => {
    await using obp = await startObp()
    const { jwt } = await obp.accepted()
    const login = await obp.logIn()
    const message = async (headers: Record<string, string>) => {
      const { body } = await obp.send('GET', user, headers)
      return body.message ?? body.username
    }
    expect(await message({ 'consent-jwt': jwt, ...key })).toMatch('OBP-20001')
    expect(await message({ 'consent-jwt': jwt, ...login })).toBe(OBP_SANDBOX_SEED.username)
    expect(await message({ 'Consent-JWT': jwt, 'consumer-key': OBP_SANDBOX_SEED.consumerKey })).toMatch('OBP-35016')
    expect(await message({ 'Consent-JWT': 'no.jwt', ...key, ...login })).toMatch('OBP-35032')
    expect(await message({ 'Consent-ID': jwt, ...key })).toMatch('OBP-35001')
  })

  it('ends with the consent: status first, then signature, then time', async () => {
    await using obp = await startObp()
    const use = async (jwt: string) => {
      const { status, body } = await obp.send('GET', user, { 'Consent-JWT': jwt, ...key })
      return status === 401 ? body.message.slice(0, 9) : status
    }
    const forge = (jwt: string) => jwt.replace(/\.[^.]*$/, '.forged')
    const initiated = (await obp.create()).body.jwt
    expect([await use(initiated), await use(forge(initiated))]).toEqual(['OBP-35005', 'OBP-35005'])
    const { jwt } = await obp.accepted({ time_to_live: 60 })
    expect([await use(jwt), await use(forge(jwt))]).toEqual([200, 'OBP-35004'])
    obp.clock.advance(61_000)
    expect([await use(jwt), await use(forge(jwt))]).toEqual(['OBP-35003', 'OBP-35004'])
    const tomorrow = new Date(obp.clock.now().getTime() + 86_400_000).toISOString().replace(/\.\d+Z$/, 'Z')
    const early = await obp.accepted({ valid_from: tomorrow })
    expect(await use(early.jwt)).toBe('OBP-35002')
    const { jwt: alien } = await startObp().then(async (other) => {
      await using elsewhere = other
      return await elsewhere.accepted()
    })
    expect(await use(alien)).toBe('OBP-35001')
  })

  it('by another consumer is told apart in 2024, and denied in 2026', async () => {
    for (const [generation, message] of [
      ['2024', 'OBP-35015'],
      ['2026', 'OBP-35001'],
    ] as const) {
      await using obp = await startObp({ generation })
      const { jwt } = await obp.accepted()
      const used = await obp.send('GET', user, { 'Consent-JWT': jwt, 'Consumer-Key': 'sandbox-second-consumer-key' })
      expect(used).toMatchObject({ status: 401, body: { message: matching(message) } })
    }
  })

  it('of a consumer that 2024 chose by itself fails', async () => {
    await using obp = await startObp()
    const { jwt } = await obp.accepted({ consumer_id: null })
    const used = await obp.send('GET', user, { 'Consent-JWT': jwt, ...key })
    expect([used.body.message.slice(0, 9), retired]).toEqual(['OBP-35017', retired])
  })

  it('may be checked by certificate, or not at all, or not be allowed', async () => {
    const certificate = { 'PSD2-CERT': OBP_SANDBOX_SEED.certificate }
    for (const [options, headers, expected] of [
      [{ consumerValidation: 'CONSUMER_CERTIFICATE' }, certificate, 200],
      [{ consumerValidation: 'CONSUMER_CERTIFICATE' }, key, /OBP-35016/],
      [{ consumerValidation: 'CONSUMER_CERTIFICATE' }, { 'PSD2-CERT': 'x' }, /OBP-35015/],
      [{ consumerValidation: 'NONE' }, {}, 200],
      [{ consentsAllowed: false }, key, /OBP-35007/],
    ] as const) {
      await using obp = await startObp(options)
      const { jwt } = await obp.accepted()
      const { status, body } = await obp.send('GET', user, { 'Consent-JWT': jwt, ...headers })
      if (expected === 200) expect(status).toBe(200)
      else expect([status, body.message]).toEqual([401, matching(expected)])
    }
  })
})
