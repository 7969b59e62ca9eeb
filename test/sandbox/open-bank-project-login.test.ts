import { describe, expect, it } from 'vitest'
import { OBP_SANDBOX_SEED } from '../../src/sandbox/open-bank-project/seed.ts'
import { matching, startObp } from './obp-client.ts'

const login = '/my/logins/direct'
const user = '/obp/v3.0.0/users/current'
const { username, password, consumerKey } = OBP_SANDBOX_SEED
const parameters = (fields: Record<string, string> = {}) =>
  Object.entries({ username, password, consumer_key: consumerKey, ...fields })
    .map(([name, value]) => `${name}=${value}`)
    .join(',')

describe('DirectLogin', () => {
  it.each([
    ['the new header', { DirectLogin: parameters() }],
    ['the new header in lower case', { directlogin: parameters() }],
    ['the old header', { Authorization: `DirectLogin ${parameters()}` }],
    ['quoted values', { DirectLogin: parameters({ username: `"${username}"`, password: `"${password}"` }) }],
  ])('gives a token for %s', async (_name, headers) => {
    await using obp = await startObp()
    const { status, body } = await obp.send('POST', login, headers)
    expect([status, body.token.split('.').length]).toEqual([201, 3])
    for (const how of [{ DirectLogin: `token=${body.token}` }, { Authorization: `DirectLogin token=${body.token}` }]) {
      expect((await obp.send('GET', user, how)).body.username).toBe(username)
    }
  })

  it.each([
    ['no header', {}, 400, 'OBP-20082'],
    ['another scheme', { Authorization: 'Basic eDp5' }, 400, 'OBP-20083'],
    ['a parameter too few', { DirectLogin: `username=${username}` }, 400, /OBP-20002.*missing: password, consumer_key/],
    ['no pairs', { DirectLogin: 'nonsense' }, 400, 'OBP-20012'],
    ['an unknown consumer', { DirectLogin: parameters({ consumer_key: 'x' }) }, 401, 'OBP-20008'],
    [
      'a disabled consumer',
      { DirectLogin: parameters({ consumer_key: 'sandbox-retired-consumer-key' }) },
      401,
      'OBP-20008',
    ],
    ['a wrong password', { DirectLogin: parameters({ password: 'x' }) }, 401, 'OBP-20004'],
    ['an unknown user', { DirectLogin: parameters({ username: 'x' }) }, 401, 'OBP-20004'],
  ] as const)('refuses %s', async (_name, headers, status, message) => {
    await using obp = await startObp()
    const refused = await obp.send('POST', login, headers)
    expect(refused).toMatchObject({ status, body: { code: status, message: matching(message) } })
    expect(obp.sandbox.ledger.count('token.issued')).toBe(0)
  })

  it('locks a user after more than five wrong passwords, right one included', async () => {
    await using obp = await startObp()
    const attempt = async (secret: string) =>
      (await obp.send('POST', login, { DirectLogin: parameters({ password: secret }) })).body.message
    for (let wrong = 0; wrong < 6; wrong += 1) expect(await attempt('x')).toMatch('OBP-20004')
    expect(await attempt(password)).toMatch('OBP-20013')
  })

  it('keeps older tokens valid, for four weeks', async () => {
    await using obp = await startObp()
    const older = await obp.logIn()
    const newer = await obp.logIn()
    expect(older).not.toEqual(newer)
    expect((await obp.send('GET', user, older)).status).toBe(200)
    obp.clock.advance(28 * 24 * 3_600_000)
    const late = await obp.send('GET', user, older)
    expect([late.status, late.body.message]).toEqual([400, matching(/^OBP-20003: .*: ey/)])
  })
})

describe('a call', () => {
  it.each([
    ['without a login', {}, 401, 'OBP-20001'],
    ['with a token that is none', { DirectLogin: 'token=x' }, 400, 'OBP-20003'],
    ['with a scheme that is not supported', { Authorization: 'Basic eDp5' }, 401, 'OBP-20080'],
  ] as const)('%s is refused', async (_name, headers, status, message) => {
    await using obp = await startObp()
    const refused = await obp.send('GET', user, headers)
    expect(refused).toMatchObject({ status, body: { code: status, message: matching(message) } })
    expect(refused.headers.get('www-authenticate') !== null).toBe(message === 'OBP-20001')
  })

  it('may see a 401 for a bad token from servers set so', async () => {
    await using obp = await startObp({ badTokenStatus: 401, loginStatus: 200 })
    expect((await obp.send('GET', user, { DirectLogin: 'token=x' })).status).toBe(401)
    expect((await obp.send('POST', login, { DirectLogin: parameters() })).status).toBe(200)
  })

  it('bears a Correlation-Id, refused or not', async () => {
    await using obp = await startObp()
    const ids = [await obp.send('GET', '/obp/v3.1.0/banks'), await obp.send('GET', '/obp/v3.1.0/nowhere')].map(
      ({ headers }) => headers.get('correlation-id'),
    )
    expect(new Set(ids).size).toBe(2)
    expect(ids).not.toContain(null)
  })

  it('to no route, or to one of a later version, is OBP-10404', async () => {
    await using obp = await startObp()
    for (const path of ['/obp/v3.1.0/nowhere', '/obp/v9.9.9/banks', '/obp/v3.1.0/banks/sandbox.otp/my/consent-infos']) {
      expect(await obp.call('GET', path)).toMatchObject({ status: 404, body: { message: matching(/^OBP-10404/) } })
    }
  })
})

describe('banks', () => {
  const banksAt = async (version: string) => {
    await using obp = await startObp()
    return (await obp.send('GET', `/obp/${version}/banks`)).body.banks as Record<string, unknown>[]
  }

  it('are listed without a login, in the shape of the version', async () => {
    expect(Object.keys((await banksAt('v3.1.0'))[0] ?? {})).toEqual([
      'id',
      'short_name',
      'full_name',
      'logo',
      'website',
      'bank_routing',
    ])
    expect((await banksAt('v4.0.0'))[0]).toMatchObject({
      short_name: 'Sandbox OTP',
      bank_routings: [{ scheme: 'OBP' }],
    })
    const latest = (await banksAt('v5.1.0'))[0]
    expect(latest).toMatchObject({ id: 'sandbox.otp', bank_code: 'Sandbox OTP' })
    expect(latest).not.toHaveProperty('short_name')
  })

  it.each([
    ['sandbox.otp-429', 429, 'OBP-10018'],
    ['sandbox.otp-5xx', 500, 'OBP-50005'],
  ])('%s answers %i to everything, and nothing happens', async (bankId, status, message) => {
    await using obp = await startObp()
    const refused = await obp.create(bankId)
    expect(refused).toMatchObject({ status, body: { code: status, message: matching(message) } })
    expect(refused.headers.has('x-rate-limit-reset')).toBe(status === 429)
    expect(refused.headers.has('retry-after')).toBe(false)
    expect(obp.sandbox.ledger.count('consent.created')).toBe(0)
  })

  it('that are slow take effect before they answer', async () => {
    await using obp = await startObp({ slowDelayMs: 3_600_000 })
    const lost = obp.create('sandbox.otp-slow').then(
      () => 'answered',
      () => 'lost',
    )
    await expect.poll(() => obp.sandbox.ledger.count('consent.created')).toBe(1)
    await obp.sandbox.close()
    expect(await lost).toBe('lost')
  })
})
