import { generateKeyPairSync } from 'node:crypto'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { ConsentKey, PsuContext, SessionStep, StartRequest } from '../../../src/domain/provider.ts'
import type { EnableBankingCredential } from '../../../src/providers/enable-banking/config.ts'
import { connectProviders } from '../../../src/providers/registry.ts'
import { calling, COMMON, nobody, type Received, type Reply, startPlainServer } from '../plain-server.ts'
import { caught } from './harness.ts'

const REF = 'FI:Mock ASPSP'
const UNTIL = new Date('2026-08-01T12:00:00Z')
const SIGNED = { ...COMMON, Authorization: 'Bearer ready-token' }
const WRITE = { ...SIGNED, 'Content-Type': 'application/json' }

/** What each route answers; the plainest that is documented. */
type Book = Readonly<Record<string, Reply>>

const BOOK: Book = {
  'GET /application': { body: { kid: 'app', extra: 1 } },
  'GET /aspsps?service=AIS': { body: { aspsps: [{ name: 'Mock ASPSP', country: 'FI' }] } },
  'POST /auth': { body: { url: 'http://127.0.0.1:1/ais/start?sessionid=a1' } },
  'POST /sessions': { body: { session_id: 's1' } },
  'GET /sessions/s1': { body: { status: 'AUTHORIZED' } },
  'DELETE /sessions/s1': { body: { message: 'OK' } },
  'GET /accounts/u1/details': { body: { currency: 'EUR', cash_account_type: 'CACC' } },
  'GET /accounts/u2/details': { status: 404, body: { message: 'none' } },
}

const startDouble = async (
  changes: Book = {},
  credential: EnableBankingCredential = { kind: 'JWT', jwt: 'ready-token' },
) => {
  const book = { ...BOOK, ...changes }
  const server = await startPlainServer(({ line }: Received) => book[line] ?? null)
  const [connection] = connectProviders({ enableBanking: { baseUrl: server.url, credential } })
  if (connection === undefined) throw new Error('not connected')
  const { connector, upstream } = connection
  const request = (fields: Partial<StartRequest> = {}): StartRequest => ({
    sessionId: 'aus_1',
    consentId: 'con_1',
    userId: 'usr_1',
    user: null,
    institutionRef: REF,
    access: {
      permissions: [],
      accountIds: null,
      balances: null,
      transactions: null,
      validFrom: null,
      validUntil: null,
    },
    validUntil: UNTIL,
    now: new Date(),
    psu: nobody,
    supportedSteps: ['REDIRECT'],
    callbackUrl: 'https://gateway.example/callback/enableBanking',
    state: 'state-1',
    returnTo: null,
    options: null,
    renews: null,
    ...fields,
  })
  const start = (fields?: Partial<StartRequest>): Promise<SessionStep> => {
    const asked = request(fields)
    return connector.start(asked, connector.prepare(asked), calling())
  }
  const complete = async (query: Record<string, string> = { code: 'c1', state: 'state-1' }): Promise<SessionStep> =>
    await (connector.complete?.((await start()).state, new URLSearchParams(query), calling()) ??
      Promise.reject(new Error('no callback')))
  const authorize = async (): Promise<ConsentKey> => {
    const { consent } = await complete()
    return {
      consentId: 'con_1',
      providerConsentId: consent?.providerConsentId ?? '',
      institutionRef: REF,
      secrets: consent?.secrets ?? null,
      user: null,
    }
  }
  return {
    connector,
    received: server.received,
    start,
    complete,
    authorize,
    [Symbol.asyncDispose]: async () => {
      await upstream.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

describe('institutions', () => {
  it('need a name and a country', async () => {
    await using eb = await startDouble()
    expect(await eb.connector.institutions(calling())).toEqual([
      {
        ref: REF,
        name: 'Mock ASPSP',
        country: 'FI',
        logoUrl: null,
        psuTypes: ['PERSONAL', 'BUSINESS'],
        steps: ['REDIRECT'],
        maxConsentSeconds: null,
        requiredPsuFields: [],
        available: true,
      },
    ])
    const business: PsuContext = { ...nobody, type: 'BUSINESS' }
    expect(await eb.start({ psu: business })).toMatchObject({ next: { kind: 'REDIRECT' } })
  })

  it.each([
    [15_552_000, 15_552_000],
    ['15552000', 15_552_000],
    [0, null],
    ['long', null],
    [null, null],
  ])('may last %j', async (given, maxConsentSeconds) => {
    const aspsps = [{ name: 'B', country: 'FI', maximum_consent_validity: given, logo: 7, psu_types: 'personal' }]
    await using eb = await startDouble({ 'GET /aspsps?service=AIS': { body: { aspsps } } })
    expect(await eb.connector.institutions(calling())).toMatchObject([{ maxConsentSeconds, logoUrl: null }])
  })
})

describe('an authorization', () => {
  it('needs the address alone', async () => {
    await using eb = await startDouble()
    const begun = await eb.start()
    expect(begun.next).toMatchObject({ kind: 'REDIRECT', url: 'http://127.0.0.1:1/ais/start?sessionid=a1' })
    expect(await eb.connector.status(begun.state, calling())).toEqual({ ...begun, pollAfterMs: undefined })
    expect(await eb.complete({ error: 'access_denied', state: 'state-1' })).toMatchObject({
      next: { kind: 'DONE' },
      consent: { providerConsentId: null, status: 'REJECTED', raw: 'access_denied' },
    })
  })

  it('is never made of an address that a person cannot be sent to', async () => {
    await using eb = await startDouble({
      'POST /auth': { body: { url: 'javascript:alert(1)', authorization_id: 'a' } },
    })
    expect(await caught(eb.start())).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
  })

  it('is complete with the id of its session', async () => {
    await using eb = await startDouble()
    expect(await eb.complete()).toMatchObject({
      next: { kind: 'DONE' },
      consent: {
        providerConsentId: 's1',
        status: 'AUTHORIZED',
        expiresAt: UNTIL,
        access: null,
        secrets: { accounts: [] },
      },
    })
  })

  it.each(['2026-07-01T12:00:00Z', '2026-07-01T12:00:00.000000+00:00', '2026-07-01T14:00:00+02:00'])(
    'ends at %s',
    async (validUntil) => {
      const access = { valid_until: validUntil, balances: 'yes', extra: {} }
      const expiresAt = new Date('2026-07-01T12:00:00Z')
      await using eb = await startDouble({
        'POST /sessions': { body: { session_id: 's1', access } },
        'GET /sessions/s1': { body: { status: 'authorized', access } },
      })
      expect((await eb.complete()).consent).toMatchObject({ expiresAt, access: { accountIds: null, balances: null } })
      expect(await eb.connector.readConsents([await eb.authorize()], calling())).toMatchObject([
        { status: 'AUTHORIZED', expiresAt },
      ])
    },
  )

  it('ends as asked where nobody can read when', async () => {
    await using eb = await startDouble({
      'POST /sessions': { body: { session_id: 's1', access: { valid_until: 'soon' } } },
    })
    expect((await eb.complete()).consent?.expiresAt).toEqual(UNTIL)
  })

  it('that has no session id is lost, and said to be', async () => {
    await using eb = await startDouble({ 'POST /sessions': { body: { accounts: [] } } })
    expect(await caught(eb.complete())).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
  })
})

describe('accounts', () => {
  const whole = { uid: 'u1', identification_hash: 'h1', currency: 'EUR', name: 'Mine' }
  const access = { valid_until: '2026-07-01T12:00:00Z' }

  it.each([
    ['objects', [whole, { uid: 'u2' }, { name: 'of nobody' }], ['u1', 'u2']],
    ['uids', ['u1', 'u2'], ['u1', 'u2']],
    ['both', ['u2', whole, 7], ['u1', 'u2']],
  ])('of the exchange come as %s', async (_, accounts, accountIds) => {
    await using eb = await startDouble({
      'POST /sessions': { body: { session_id: 's1', accounts, access } },
      'GET /sessions/s1': { body: { status: 'AUTHORIZED', accounts: ['u1', 'u2'] } },
    })
    expect((await eb.complete()).consent?.access?.accountIds).toEqual(accountIds)
    const listed = await eb.connector.accounts?.(await eb.authorize(), calling())
    expect(listed?.map(({ id, currency }) => [id, currency]).toSorted()).toEqual([
      ['u1', 'EUR'],
      ['u2', null],
    ])
  })

  it.each([
    ['are kept where the session names none', { status: 'AUTHORIZED' }, ['u1']],
    ['are those of `accounts`', { status: 'AUTHORIZED', accounts: ['u1', 'u2'] }, ['u1', 'u2']],
    ['are those of `accounts` as objects', { status: 'AUTHORIZED', accounts: [whole] }, ['u1']],
    [
      'are those of `accounts_data`, whatever else is in it',
      { status: 'AUTHORIZED', accounts_data: [{ uid: 'u2' }, { uid: 7 }, null] },
      ['u2'],
    ],
    ['are none where none are left', { status: 'AUTHORIZED', accounts: [], accounts_data: [] }, []],
  ])('%s', async (_, body, ids) => {
    await using eb = await startDouble({
      'POST /sessions': { body: { session_id: 's1', accounts: [whole] } },
      'GET /sessions/s1': { body },
    })
    const listed = await eb.connector.accounts?.(await eb.authorize(), calling())
    expect(listed?.map(({ id }) => id)).toEqual(ids)
  })
})

describe('a revocation', () => {
  it.each<[string, Reply]>([
    ['204', { status: 204 }],
    ['an empty body', {}],
    ['a word', { body: 'OK' }],
  ])('is done by %s', async (_, reply) => {
    await using eb = await startDouble({ 'DELETE /sessions/s1': reply })
    expect(await eb.connector.revoke(await eb.authorize(), null, calling())).toMatchObject({ status: 'REVOKED' })
  })

  it('that is refused in words that nobody documented is decided by the session', async () => {
    const refusal = { 'DELETE /sessions/s1': { status: 400, body: { message: 'already closed' } } }
    await using closed = await startDouble({ ...refusal, 'GET /sessions/s1': { body: { status: 'CLOSED' } } })
    expect(await closed.connector.revoke(await closed.authorize(), null, calling())).toMatchObject({ raw: 'CLOSED' })
    await using live = await startDouble(refusal)
    expect(await caught(live.connector.revoke(await live.authorize(), null, calling()))).toMatchObject({
      code: 'PROVIDER_REJECTED',
    })
  })
})

it('sends what is documented and nothing else', async () => {
  await using eb = await startDouble()
  const { connector, received } = eb
  expect(await connector.check(calling())).toEqual({ ok: true, detail: 'The token is accepted.' })
  await connector.institutions(calling())
  const psu: PsuContext = {
    ...nobody,
    locale: 'fi-FI',
    ipAddress: '192.0.2.1',
    userAgent: 'UA',
    referer: 'https://app.example/',
    accept: '*/*',
    acceptCharset: 'utf-8',
    acceptEncoding: 'gzip',
    acceptLanguage: 'fi',
    geoLocation: '60.1,24.9',
  }
  const access = { permissions: [], balances: true, transactions: false, validFrom: null, validUntil: null }
  const accountIds = ['FI21 1234 5600 0007 85', 'BBAN:123']
  const options = {
    authMethod: 'm',
    credentials: [{ name: 'user', value: 'x' }],
    credentialsAutosubmit: false,
  }
  const begun = await eb.start({ psu, options, access: { ...access, accountIds } })
  const done = await connector.complete?.(begun.state, new URLSearchParams({ code: 'c1' }), calling())
  const key = {
    consentId: 'con_1',
    providerConsentId: 's1',
    institutionRef: REF,
    secrets: done?.consent?.secrets ?? null,
    user: null,
  } as const
  await connector.readConsents([key], calling())
  await connector.revoke(key, { ...nobody, ipAddress: '192.0.2.1' }, calling())

  const psuHeaders = {
    'Psu-Ip-Address': '192.0.2.1',
    'Psu-User-Agent': 'UA',
    'Psu-Referer': 'https://app.example/',
    'Psu-Accept': '*/*',
    'Psu-Accept-Charset': 'utf-8',
    'Psu-Accept-Encoding': 'gzip',
    'Psu-Accept-language': 'fi',
    'Psu-Geo-Location': '60.1,24.9',
  }
  expect(received).toEqual([
    { line: 'GET /application', headers: SIGNED, body: null },
    { line: 'GET /aspsps?service=AIS', headers: SIGNED, body: null },
    {
      line: 'POST /auth',
      headers: { ...WRITE, ...psuHeaders },
      body: {
        access: {
          valid_until: '2026-08-01T12:00:00.000+00:00',
          balances: true,
          transactions: false,
          accounts: [{ iban: 'FI2112345600000785' }, { other: { identification: '123', scheme_name: 'BBAN' } }],
        },
        aspsp: { name: 'Mock ASPSP', country: 'FI' },
        state: 'state-1',
        redirect_url: 'https://gateway.example/callback/enableBanking',
        psu_type: 'personal',
        auth_method: 'm',
        credentials: { user: 'x' },
        credentials_autosubmit: false,
        language: 'fi',
        psu_id: 'usr_1',
      },
    },
    { line: 'POST /sessions', headers: WRITE, body: { code: 'c1' } },
    { line: 'GET /sessions/s1', headers: SIGNED, body: null },
    { line: 'DELETE /sessions/s1', headers: { ...SIGNED, 'Psu-Ip-Address': '192.0.2.1' }, body: null },
  ])
})

it('signs the JWT that is documented', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await using eb = await startDouble({}, { kind: 'KEY', applicationId: 'app-1', privateKey: pem })
  await eb.connector.check(calling())
  const jwt = /^Bearer (.+)$/.exec(eb.received[0]?.headers['Authorization'] ?? '')?.[1] ?? ''
  expect(decodeProtectedHeader(jwt)).toEqual({ typ: 'JWT', alg: 'RS256', kid: 'app-1' })
  const { payload } = await jwtVerify(jwt, publicKey)
  expect(Object.keys(payload).toSorted()).toEqual(['aud', 'exp', 'iat', 'iss'])
  expect(payload).toMatchObject({ iss: 'enablebanking.com', aud: 'api.enablebanking.com' })
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(86_400)
})
