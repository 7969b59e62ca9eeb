import { decodeJwt, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { OBP_SANDBOX_GUIDE } from '../../src/sandbox/open-bank-project/guide.ts'
import { OBP_SANDBOX_SEED } from '../../src/sandbox/open-bank-project/seed.ts'
import type { ObpClient } from './obp-client.ts'
import { consentBody, json, matching, phone, startObp } from './obp-client.ts'

const path = (bankId = 'sandbox.otp', method = 'SMS') => `/obp/v3.1.0/banks/${bankId}/my/consents/${method}`
const count = (obp: ObpClient) => obp.sandbox.ledger.count('consent.created')

describe('creating a consent', () => {
  it('is INITIATED, with a JWT that says all but the code', async () => {
    await using obp = await startObp()
    obp.clock.set(new Date('2030-01-01T00:00:00Z'))
    const { status, body } = await obp.create('sandbox.otp', { valid_from: '2030-01-02T00:00:00Z', time_to_live: 600 })
    expect([status, Object.keys(body), body.status]).toEqual([201, ['consent_id', 'jwt', 'status'], 'INITIATED'])
    const claims = decodeJwt(body.jwt)
    expect(claims).toMatchObject({
      createdByUserId: OBP_SANDBOX_SEED.userId,
      sub: matching(/./),
      iss: obp.sandbox.url,
      aud: OBP_SANDBOX_SEED.consumerId,
      jti: body.consent_id,
      nbf: Date.parse('2030-01-02T00:00:00Z') / 1000,
      exp: Date.parse('2030-01-02T00:10:00Z') / 1000,
      entitlements: [],
      views: consentBody.views,
    })
    expect(JSON.stringify(claims)).not.toContain(`"${OBP_SANDBOX_SEED.otp}"`)
    await expect(jwtVerify(body.jwt, new TextEncoder().encode('x'))).rejects.toThrow(/signature/)
  })

  it('lives an hour where nothing else is said', async () => {
    await using obp = await startObp()
    const { exp = 0, ...claims } = decodeJwt((await obp.create()).body.jwt)
    expect(exp - Number(claims.nbf)).toBe(3600)
  })

  it.each([
    ['SMS', { phone_number: phone }, 'SMS', phone],
    ['EMAIL', { email: 'a@b.example' }, 'EMAIL', 'a@b.example'],
    ['IMPLICIT', {}, 'EMAIL', OBP_SANDBOX_SEED.email],
  ])('sends the code by %s', async (method, fields, channel, to) => {
    await using obp = await startObp()
    await obp.create('sandbox.otp', { phone_number: null, ...fields }, method)
    expect(obp.sandbox.inbox.messages()).toMatchObject([
      { channel, to, code: '123', text: 'Your consent challenge : 123, Application: Consentgraph sandbox' },
    ])
  })

  it('with everything takes all views and roles but the two that make roles', async () => {
    await using obp = await startObp()
    const fields = { everything: true, views: [], bank_id: 'sandbox.otp' }
    expect(decodeJwt((await obp.create('sandbox.otp', fields)).body.jwt)).toMatchObject({
      entitlements: [{ bank_id: 'sandbox.otp', role_name: 'CanRevokeConsentAtBank' }],
      views: [
        { account_id: 'sandbox.otp.current', view_id: 'owner' },
        { account_id: 'sandbox.otp.current', view_id: 'auditor' },
        { account_id: 'sandbox.otp.savings', view_id: 'owner' },
      ],
    })
    const all = decodeJwt((await obp.create('sandbox.otp', { ...fields, bank_id: null })).body.jwt)
    expect((all['views'] as unknown[]).length).toBeGreaterThan(3)
    expect(all['entitlements']).toContainEqual({ bank_id: '', role_name: 'CanGetAnyUser' })
  })
})

describe('the order of the checks', () => {
  const foreignView = { bank_id: 'sandbox.otp', account_id: 'sandbox.otp.other', view_id: 'owner' }
  const worst = {
    everything: 'no boolean',
    time_to_live: 3601,
    entitlements: [{ bank_id: '', role_name: 'CanDoAnything' }],
    views: [foreignView],
    consumer_id: 'x',
    phone_number: null,
  }
  const body = { ...worst, everything: false }
  const noRoles = { ...body, time_to_live: 3600, entitlements: [] }
  const noViews = { ...noRoles, entitlements: [], views: [] }

  it.each([
    ['1 user', 'nobody', 'sandbox.x', 'PIGEON', worst, 401, /^OBP-20001/],
    ['2 bank', 'psu', 'sandbox.x', 'PIGEON', worst, 404, /^OBP-30001: .* Current BankId is sandbox\.x$/],
    ['3 method', 'psu', 'sandbox.otp', 'sms', worst, 400, /^OBP-35009/],
    [
      '4 body',
      'psu',
      'sandbox.otp',
      'SMS',
      worst,
      400,
      /^OBP-10001: Incorrect json format\. The Json body should be the PostConsentBodyCommonJson $/,
    ],
    ['5 time to live', 'psu', 'sandbox.otp', 'SMS', body, 400, /^OBP-35020: .*\(3600\)$/],
    ['6 roles', 'psu', 'sandbox.otp', 'SMS', { ...body, time_to_live: 3600 }, 400, /^OBP-35013/],
    ['7 views', 'psu', 'sandbox.otp', 'SMS', noRoles, 400, /^OBP-35014/],
    ['8 consumer', 'psu', 'sandbox.otp', 'SMS', noViews, 404, /^OBP-30019: .* Current ConsumerId is x$/],
    [
      '8 disabled consumer',
      'psu',
      'sandbox.otp',
      'SMS',
      { ...noViews, consumer_id: '7c1d6d5e-0000-4000-8000-000000000001' },
      400,
      /^OBP-20058: Consumer is disabled\. ConsumerId: 7c1d/,
    ],
  ])('%s', async (_name, who, bankId, method, posted, status, message) => {
    await using obp = await startObp()
    const login = who === 'psu' ? await obp.logIn() : {}
    const refused = await obp.send('POST', path(bankId, method), { ...login, ...json }, posted)
    expect([refused.status, refused.body.message]).toEqual([status, matching(message)])
    expect(count(obp)).toBe(0)
  })

  it.each([
    ['10 no phone number', 'sandbox.otp', 'SMS', { phone_number: null }, /^OBP-10001: .*PostConsentPhoneJsonV310 $/],
    ['10 no e-mail address', 'sandbox.otp', 'EMAIL', {}, /^OBP-10001: .*PostConsentEmailJsonV310 $/],
    ['10 SMS not set up', 'sandbox.otp-no-sms', 'SMS', {}, /^OBP-00010: .* sca_phone_api_key$/],
    ['10 phone out of reach', 'sandbox.otp', 'SMS', { phone_number: '+155535010' }, /^OBP-35010/],
  ])('%s leaves an orphan', async (_name, bankId, method, fields, message) => {
    await using obp = await startObp()
    const refused = await obp.create(bankId, fields, method)
    expect([refused.status, refused.body.message]).toEqual([400, matching(message)])
    expect([count(obp), obp.sandbox.inbox.messages()]).toEqual([1, []])
    const list = await obp.call('GET', '/obp/v3.1.0/banks/sandbox.otp/my/consents')
    expect(list.body.consents).toMatchObject([{ status: 'INITIATED' }])
  })

  it('puts the route before the user: no JSON is OBP-10404', async () => {
    await using obp = await startObp()
    const login = await obp.logIn()
    for (const [headers, body] of [
      [json, '{'],
      [{ ...login, ...json }, '{'],
      [{ ...login, 'Content-Type': 'text/plain' }, consentBody],
    ] as const) {
      expect(await obp.send('POST', path(), headers, body)).toMatchObject({
        status: 404,
        body: { message: matching(/^OBP-10404/) },
      })
    }
  })

  it('refuses a public view and a date that is none', async () => {
    await using obp = await startObp()
    const publicView = { bank_id: 'sandbox.otp', account_id: 'sandbox.otp.savings', view_id: '_public' }
    expect((await obp.create('sandbox.otp', { views: [publicView] })).body.message).toMatch('OBP-35014')
    expect((await obp.create('sandbox.otp', { valid_from: '2030-01-01' })).body.message).toMatch('OBP-10001')
    expect((await obp.create('sandbox.otp', { time_to_live: '60' })).body.message).toMatch('OBP-10001')
  })
})

describe('magic banks', () => {
  it('sandbox.otp-accepted asks no code', async () => {
    await using obp = await startObp()
    expect((await obp.create('sandbox.otp-accepted', { phone_number: null })).body.status).toBe('ACCEPTED')
    expect(obp.sandbox.inbox.messages()).toEqual([])
  })

  it('sandbox.otp-expires-soon gives a minute', async () => {
    await using obp = await startObp()
    const { exp = 0, nbf = 0 } = decodeJwt(
      (await obp.create('sandbox.otp-expires-soon', { time_to_live: 3600 })).body.jwt,
    )
    expect(exp - nbf).toBe(60)
  })

  it('sandbox.otp-weird-status says what nobody knows', async () => {
    await using obp = await startObp()
    const { consent_id: consentId } = (await obp.create('sandbox.otp-weird-status')).body
    expect((await obp.answer(consentId)).body.status).toBe('UNDERREVIEW')
  })

  it('are all in the guide, and the guide has no others', () => {
    const guided = new Set(OBP_SANDBOX_GUIDE.map(({ institutionRef }) => institutionRef))
    expect([...guided].toSorted()).toEqual(OBP_SANDBOX_SEED.banks.map(({ id }) => id).toSorted())
  })
})

describe('an omitted consumer_id', () => {
  const audience = async (generation: '2024' | '2026', username?: string) => {
    await using obp = await startObp({ generation })
    const login = await obp.logIn(username)
    const body = { everything: true, views: [], entitlements: [], phone_number: phone }
    return decodeJwt((await obp.send('POST', path(), { ...login, ...json }, body)).body.jwt).aud
  }

  it('is the first consumer the user created in 2024, the calling one in 2026', async () => {
    expect(await audience('2024')).toBe('7c1d6d5e-0000-4000-8000-000000000001')
    expect(await audience('2024', 'sandbox-other')).toBe('')
    expect(await audience('2026')).toBe(OBP_SANDBOX_SEED.consumerId)
  })
})
