import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { callback, startEnableBanking } from './enable-banking-client.ts'

describe('the JWT', () => {
  const other = () =>
    generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }).privateKey
  const now = Math.floor(Date.now() / 1000)

  it.each([
    ['another key', { privateKey: other() }, /signature/],
    ['no typ', { header: { typ: undefined } }, /token type is not valid/],
    ['another alg', { header: { alg: 'HS256' } }, /algorithm/],
    ['another kid', { header: { kid: 'someone' } }, /key id/],
    ['another issuer', { claims: { iss: 'me' } }, /issuer/],
    ['the old audience', { claims: { aud: 'api.tilisy.com' } }, /audience/],
    ['an end that has passed', { claims: { iat: now - 700, exp: now - 100 } }, /expired/],
    ['a beginning to come', { claims: { iat: now + 3600, exp: now + 4000 } }, /future/],
    ['more than a day', { claims: { iat: now, exp: now + 86_401 } }, /lifetime/],
    ['no end', { claims: { exp: undefined } }, /not valid/],
  ])('is refused with %s', async (_what, parts, message) => {
    await using bank = await startEnableBanking()
    const answer = await bank.send('GET', '/application', undefined, { Authorization: `Bearer ${bank.token(parts)}` })
    expect(answer).toMatchObject({ status: 401, body: { code: 401, error: 'UNAUTHORIZED_ACCESS' } })
    expect(answer.body.message).toMatch(message)
  })

  it('is asked for, must be one, and may live a day', async () => {
    await using bank = await startEnableBanking()
    const without = await bank.send('GET', '/application')
    expect(without).toMatchObject({ status: 401, body: { error: 'AUTHORIZATION_NOT_PROVIDED' } })
    const noToken = await bank.send('GET', '/application', undefined, { Authorization: 'Bearer x.y.z' })
    expect(noToken).toMatchObject({ status: 401, body: { error: 'UNAUTHORIZED_ACCESS' } })
    const day = bank.token({ claims: { iat: now, exp: now + 86_400 } })
    expect(await bank.send('GET', '/application', undefined, { Authorization: `Bearer ${day}` })).toMatchObject({
      status: 200,
      body: { environment: 'SANDBOX', active: true, redirect_urls: [callback] },
    })
  })

  it('keeps real time when the clock is moved by half a year', async () => {
    await using bank = await startEnableBanking()
    bank.clock.advance(180 * 86_400_000)
    expect(await bank.call('GET', '/application')).toMatchObject({ status: 200 })
  })

  it('does not help an application that is not active', async () => {
    await using bank = await startEnableBanking({ active: false })
    expect(await bank.call('GET', '/aspsps')).toMatchObject({ status: 403, body: { error: 'ACCESS_DENIED' } })
  })
})

describe('the list of banks', () => {
  it('names one bank in several countries, and each with all that a client must know', async () => {
    await using bank = await startEnableBanking()
    const { body } = await bank.call('GET', '/aspsps')
    expect(body.aspsps.filter(({ name }) => name === 'Mock ASPSP').map(({ country }) => country)).toEqual([
      'DE',
      'FI',
      'SE',
    ])
    expect(body.aspsps.find(({ name }) => name === 'Sandbox PSU Headers')).toMatchObject({
      psu_types: ['personal'],
      maximum_consent_validity: 15_552_000,
      required_psu_headers: ['Psu-Ip-Address', 'Psu-User-Agent'],
      auth_methods: [{ approach: 'REDIRECT', psu_type: 'personal', hidden_method: false }],
    })
    const [first] = body.aspsps
    expect((await fetch(first?.logo ?? '')).headers.get('Content-Type')).toBe('image/svg+xml')
  })

  it('is narrowed by country, person and service, and refuses what is none', async () => {
    await using bank = await startEnableBanking()
    const names = async (query: string) =>
      (await bank.call('GET', `/aspsps?${query}`)).body.aspsps.map(({ name, country }) => `${country}:${name}`)
    expect(await names('country=SE')).toEqual(['SE:Mock ASPSP', 'SE:Sandbox BankID', 'SE:Sandbox One Consent'])
    expect(await names('country=DE&psu_type=business')).toEqual(['DE:Mock ASPSP', 'DE:Sandbox Business'])
    expect(await names('service=PIS')).toEqual([])
    expect(await bank.call('GET', '/aspsps?country=Sweden')).toMatchObject({ status: 422 })
  })
})

describe('an authorization', () => {
  it('gives a link, an id and a hash that is the same for the same person', async () => {
    await using bank = await startEnableBanking()
    const first = await bank.start({ psu_id: 'usr_1' })
    const second = await bank.start({ psu_id: 'usr_1' })
    expect(first.body.url).toBe(`${bank.sandbox.url}/ais/start?sessionid=${first.body.authorization_id}`)
    expect(first.body.psu_id_hash).toMatch(/^[0-9a-f]{64}$/)
    expect(second.body.psu_id_hash).toBe(first.body.psu_id_hash)
    expect(second.body.authorization_id).not.toBe(first.body.authorization_id)
    expect(await bank.call('GET', `/sessions/${first.body.authorization_id}`)).toMatchObject({
      status: 200,
      body: { status: 'PENDING_AUTHORIZATION', accounts: [] },
    })
  })

  const until = (ms: number) => ({ access: { valid_until: new Date(Date.now() + ms).toISOString() } })
  const day = 86_400_000

  it.each([
    ['no state', { state: undefined }, 'WRONG_REQUEST_PARAMETERS'],
    ['an unregistered redirect', { redirect_url: 'http://localhost:4000/other' }, 'REDIRECT_URI_NOT_ALLOWED'],
    ['an unknown bank', { aspsp: { name: 'Nobody', country: 'FI' } }, 'WRONG_ASPSP_PROVIDED'],
    ['a bank of another country', { aspsp: { name: 'Sandbox Redirect', country: 'SE' } }, 'WRONG_ASPSP_PROVIDED'],
    ['a validity that has passed', until(-1000), 'WRONG_REQUEST_PARAMETERS'],
    ['a validity over the maximum', until(181 * day), 'WRONG_REQUEST_PARAMETERS'],
    ['a validity at the very boundary', until(180 * day), 'WRONG_REQUEST_PARAMETERS'],
    ['a validity without offset', { access: { valid_until: '2099-01-01T00:00:00' } }, 'WRONG_REQUEST_PARAMETERS'],
    [
      'a person at a bank for businesses',
      { aspsp: { name: 'Sandbox Business', country: 'DE' } },
      'WRONG_REQUEST_PARAMETERS',
    ],
    ['an unknown method', { auth_method: 'telepathy' }, 'WRONG_REQUEST_PARAMETERS'],
    ['credentials without a method', { credentials: { userId: 'x' } }, 'WRONG_REQUEST_PARAMETERS'],
    [
      'credentials in a wrong form',
      { aspsp: { name: 'Sandbox BankID', country: 'SE' }, auth_method: 'bankid_mobile', credentials: { userId: '12' } },
      'WRONG_CREDENTIALS_PROVIDED',
    ],
    ['a long language', { language: 'swe' }, 'WRONG_REQUEST_PARAMETERS'],
    ['a field that nobody documented', { redirectUrl: callback }, 'WRONG_REQUEST_PARAMETERS'],
  ])('is refused with %s, and nothing is started', async (_what, fields, error) => {
    await using bank = await startEnableBanking()
    expect(await bank.start(fields)).toMatchObject({ status: 422, body: { code: 422, error } })
    expect(bank.sandbox.ledger.count()).toBe(0)
  })

  it('may end a little before the maximum, and keep the query of its callback', async () => {
    await using bank = await startEnableBanking()
    expect(await bank.start(until(179 * day))).toMatchObject({ status: 200 })
    expect(await bank.start({ redirect_url: `${callback}?tenant=7` })).toMatchObject({ status: 200 })
    bank.sandbox.allowRedirect('http://localhost:4000/other')
    expect(await bank.start({ redirect_url: 'http://localhost:4000/other' })).toMatchObject({ status: 200 })
  })

  it('takes all PSU headers that the bank requires, or none, in any case', async () => {
    await using bank = await startEnableBanking()
    const fields = { aspsp: { name: 'Sandbox PSU Headers', country: 'FI' } }
    expect(await bank.start(fields)).toMatchObject({ status: 200 })
    expect(await bank.start(fields, { 'PSU-IP-ADDRESS': '192.0.2.1', 'psu-user-agent': 'x' })).toMatchObject({
      status: 200,
    })
    expect(await bank.start(fields, { 'Psu-Ip-Address': '192.0.2.1' })).toMatchObject({
      status: 422,
      body: { error: 'PSU_HEADER_NOT_PROVIDED' },
    })
    expect(await bank.start(fields, { 'Psu-Ip-Address': 'home', 'Psu-User-Agent': 'x' })).toMatchObject({
      status: 422,
      body: { error: 'PSU_HEADER_INVALID' },
    })
  })

  it('fails at a bank that is down, in both shapes of detail', async () => {
    await using bank = await startEnableBanking()
    const fields = { aspsp: { name: 'Sandbox Down', country: 'FI' } }
    const answers = [await bank.start(fields), await bank.start(fields)]
    expect(answers.map(({ status, body }) => [status, body.error, typeof body.detail])).toEqual([
      [400, 'ASPSP_ERROR', 'object'],
      [400, 'ASPSP_ERROR', 'string'],
    ])
    expect(bank.sandbox.ledger.count('authorization.started')).toBe(0)
  })
})
