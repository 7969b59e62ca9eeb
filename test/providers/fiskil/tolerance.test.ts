import { describe, expect, it } from 'vitest'
import type { ConsentKey, SessionStep, StartRequest } from '../../../src/domain/provider.ts'
import { connectProviders } from '../../../src/providers/registry.ts'
import { calling, COMMON, JSON_BODY, nobody, type Received, type Reply, startPlainServer } from '../plain-server.ts'
import { caught } from './harness.ts'

const BANK = '88888'
const READ = { ...COMMON, Authorization: 'Bearer opaque-token', 'X-Fiskil-Version': 'v3' }
const WRITE = { ...READ, 'Content-Type': 'application/json' }
const CONSENTS = 'GET /v1/consent?end_user_id=eu_1'
const INSTITUTIONS = 'GET /v1/institutions?industry=banking&client_id=client-1'
const ACCOUNTS = 'GET /v1/banking/accounts?end_user_id=eu_1&page%5Bsize%5D=1000'

type Book = Readonly<Record<string, Reply>>

const BOOK: Book = {
  'POST /v1/token': { body: { token: 'opaque-token', expires_in: 900 } },
  'POST /v1/end-users': { body: { end_user_id: 'eu_1' } },
  'DELETE /v1/end-users/eu_1': { status: 204 },
  'POST /v1/auth/session': { body: { session_id: 's1', auth_url: 'http://127.0.0.1:1?sess_id=s1' } },
  [CONSENTS]: { body: [] },
  'DELETE /v1/consent/arr_1': { status: 204 },
  [INSTITUTIONS]: { body: [{ id: BANK, name: 'Bank' }] },
  [ACCOUNTS]: { body: { accounts: [{ account_id: 'acc_1', arrangement_id: 'arr_1' }] } },
}

const startDouble = async (changes: Book = {}) => {
  const book: Record<string, Reply> = { ...BOOK, ...changes }
  const server = await startPlainServer(({ line }: Received) => book[line] ?? null)
  const [connection] = connectProviders({
    fiskil: {
      baseUrl: server.url,
      clientId: 'client-1',
      clientSecret: 'secret-1',
      webhookSecret: null,
      apiVersion: 'v3',
    },
  })
  if (connection === undefined) throw new Error('not connected')
  const { connector, upstream } = connection
  const request = (fields: Partial<StartRequest> = {}): StartRequest => ({
    sessionId: 'aus_1',
    consentId: 'con_1',
    userId: 'usr_1',
    user: { ref: 'eu_1', secrets: null },
    institutionRef: BANK,
    access: {
      permissions: [],
      accountIds: null,
      balances: null,
      transactions: null,
      validFrom: null,
      validUntil: null,
    },
    validUntil: null,
    now: new Date('2026-03-01T12:00:00.500Z'),
    psu: nobody,
    supportedSteps: ['REDIRECT'],
    callbackUrl: 'https://gateway.example/callback/fiskil',
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
  const complete = (step: SessionStep, query = 'state=state-1&leg=success&session_id=s1'): Promise<SessionStep> =>
    connector.complete?.(step.state, new URLSearchParams(query), calling()) ?? Promise.reject(new Error('no callback'))
  return {
    book,
    connector,
    received: server.received,
    start,
    complete,
    [Symbol.asyncDispose]: async () => {
      await upstream.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** The least that a consent is known by. */
const consent = (fields: object = {}) => ({
  arrangement_id: 'arr_1',
  active: true,
  created_at: '2026-03-01T12:01:00Z',
  institution_id: BANK,
  ...fields,
})

const key: ConsentKey = {
  consentId: 'con_1',
  providerConsentId: 'arr_1',
  institutionRef: BANK,
  secrets: null,
  user: { ref: 'eu_1', secrets: null },
}

describe('a token', () => {
  it.each([
    { token: 'opaque-token', expires_in: 900 },
    { access_token: 'opaque-token', expires_in: 3600, token_type: 'Bearer' },
    { token: null, access_token: 'opaque-token', expires_in: '3600' },
    { token: 'opaque-token' },
  ])('may come as %j', async (body) => {
    await using fiskil = await startDouble({ 'POST /v1/token': { status: 201, body } })
    expect(await fiskil.connector.check(calling())).toMatchObject({ ok: true })
    await fiskil.connector.institutions(calling())
    expect(fiskil.received.map(({ line }) => line)).toEqual(['POST /v1/token', INSTITUTIONS])
  })

  it('that is none is no success', async () => {
    await using fiskil = await startDouble({ 'POST /v1/token': { body: { token: '', expires_in: 900 } } })
    expect(await fiskil.connector.check(calling())).toMatchObject({ ok: false })
  })
})

describe('a session', () => {
  it.each([
    [1_783_333_800, new Date(1_783_333_800_000)],
    ['1783333800', new Date(1_783_333_800_000)],
    ['2026-07-06T10:30:00Z', new Date('2026-07-06T10:30:00Z')],
    ['2026-07-06T20:30:00+10:00', new Date('2026-07-06T10:30:00Z')],
    ['soon', null],
    [undefined, null],
  ])('ends at %j', async (expires_at, expiresAt) => {
    const body = { session_id: 's1', auth_url: 'https://auth.fiskil.com?sess_id=s1', expires_at }
    await using fiskil = await startDouble({ 'POST /v1/auth/session': { status: 201, body } })
    expect(await fiskil.start()).toMatchObject({ next: { kind: 'REDIRECT', url: body.auth_url }, expiresAt })
  })

  it('is never one that a person cannot be sent to', async () => {
    const body = { session_id: 's1', auth_url: '/consent' }
    await using fiskil = await startDouble({ 'POST /v1/auth/session': { body } })
    expect(await caught(fiskil.start())).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
  })
})

describe('consents', () => {
  const shapes: readonly (readonly [string, (list: unknown) => unknown])[] = [
    ['bare', (list) => list],
    ['under `consents`', (consents) => ({ consents, links: {} })],
    ['under `consents` without links', (consents) => ({ consents, extra: 1 })],
    ['under `data`', (data) => ({ data, links: { next: '' } })],
    ['under `consents` with links of another shape', (consents) => ({ consents, links: [] })],
  ]

  it.each(shapes)('are found %s', async (_, wrap) => {
    await using fiskil = await startDouble()
    const begun = await fiskil.start()
    expect(await fiskil.connector.status(begun.state, calling())).toMatchObject({ next: { kind: 'REDIRECT' } })
    fiskil.book[CONSENTS] = { body: wrap([consent(), { active: true }, null]) }
    expect(await fiskil.complete(begun)).toMatchObject({
      next: { kind: 'DONE' },
      consent: { providerConsentId: 'arr_1', status: 'AUTHORIZED', expiresAt: null },
    })
    expect(await fiskil.connector.readConsents([key], calling())).toMatchObject([{ status: 'AUTHORIZED' }])
  })

  it.each([
    ['2027-03-01T12:00:00Z', new Date('2027-03-01T12:00:00Z')],
    ['2027-03-01T12:00:00.123456+00:00', new Date('2027-03-01T12:00:00.123Z')],
    [1_803_902_400, new Date('2027-03-01T12:00:00Z')],
    ['', null],
    ['0001-01-01T00:00:00Z', null],
    ['in a year', null],
  ])('end at %j', async (expires_at, expiresAt) => {
    const odd = { expires_at, last_accessed: 7, permissions: 'all', account_ids: [1], termination_reason: {} }
    await using fiskil = await startDouble({ [CONSENTS]: { body: [consent(odd)] } })
    expect(await fiskil.connector.readConsents([key], calling())).toMatchObject([{ status: 'AUTHORIZED', expiresAt }])
  })

  it.each([
    ['of an earlier time', consent({ created_at: '2026-02-01T12:00:00Z' })],
    ['of no time', consent({ created_at: 'today' })],
    ['at another bank', consent({ institution_id: '1' })],
    ['of another person', consent({ end_user_id: 'eu_2' })],
  ])('%s are not taken for what this session brought', async (_, other) => {
    await using fiskil = await startDouble({ [CONSENTS]: { body: { consents: [other] } } })
    const step = await fiskil.complete(await fiskil.start())
    expect(step).toMatchObject({ next: { kind: 'WAIT' }, consent: null })
  })

  it('whose flag is a word are shown as they are', async () => {
    await using fiskil = await startDouble({ [CONSENTS]: { body: [consent({ active: 'yes' })] } })
    expect(await fiskil.connector.readConsents([key], calling())).toMatchObject([{ status: null, raw: 'active: yes' }])
  })

  it('of which none fits are no list', async () => {
    await using fiskil = await startDouble({ [CONSENTS]: { body: [{ id: 1 }] } })
    expect(await fiskil.connector.readConsents([key], calling())).toMatchObject([
      { code: 'PROVIDER_CONTRACT_VIOLATION' },
    ])
  })
})

it.each<Reply>([{ status: 204 }, {}, { body: 'OK' }, { body: {} }])('takes %j for a revocation', async (reply) => {
  await using fiskil = await startDouble({ 'DELETE /v1/consent/arr_1': reply, 'DELETE /v1/end-users/eu_1': reply })
  expect(await fiskil.connector.revoke(key, null, calling())).toMatchObject({ status: 'REVOKED' })
  await fiskil.connector.forgetUser?.({ ref: 'eu_1', secrets: null }, calling())
})

it.each([
  [{ institutions: [{ id: 10, name: 'Ten', status: 'ACTIVE', is_accessible: 'yes' }, { id: 'x' }] }, '10'],
  [
    {
      data: [
        { id: 'b', name: 'B', industry: 'banking' },
        { id: 'e', name: 'E', industry: 'energy' },
      ],
    },
    'b',
  ],
  [[{ id: 'b', name: 'B', logo: null, icon: null }], 'b'],
])('reads institutions from %j', async (body, ref) => {
  await using fiskil = await startDouble({ [INSTITUTIONS]: { body } })
  expect(await fiskil.connector.institutions(calling())).toMatchObject([{ ref, available: true, logoUrl: null }])
})

it.each([
  [[{ fiskil_id: 'f1', arrangement_id: 'arr_1', masked_number: 1 }], { id: 'f1', identity: null }],
  [{ accounts: [{ account_id: 'a1', arrangement_id: 'arr_1' }, {}] }, { id: 'a1', identity: 'a1' }],
  [{ data: [{ account_id: 'a1', arrangement_id: 'arr_1' }, { account_id: 'a2' }] }, { id: 'a1', identity: 'a1' }],
])('reads the accounts of one consent from %j', async (body, account) => {
  await using fiskil = await startDouble({ [ACCOUNTS]: { body } })
  expect(await fiskil.connector.accounts?.(key, calling())).toMatchObject([account])
})

it('sends what is documented and nothing else', async () => {
  await using fiskil = await startDouble({ [CONSENTS]: { body: [consent({ expires_at: '2027-03-01T12:00:00Z' })] } })
  const { connector, received } = fiskil
  await connector.ensureUser?.('usr_1', calling())
  await connector.institutions(calling())
  const begun = await fiskil.start()
  await fiskil.complete(begun)
  await connector.readConsents([key], calling())
  await connector.accounts?.(key, calling())
  const options = { permissions: ['accounts', 'payees'] }
  await fiskil.start({ institutionRef: null, options })
  await fiskil.start({ renews: key })
  await connector.revoke(key, null, calling())
  await connector.forgetUser?.({ ref: 'eu_1', secrets: null }, calling())

  const ask = {
    end_user_id: 'eu_1',
    redirect_uri: 'https://gateway.example/callback/fiskil?state=state-1&leg=success',
    cancel_uri: 'https://gateway.example/callback/fiskil?state=state-1&leg=cancel',
  }
  const session = (body: object) => ({ line: 'POST /v1/auth/session', headers: WRITE, body: { ...ask, ...body } })
  const list = { line: CONSENTS, headers: READ, body: null }
  expect(received).toEqual([
    { line: 'POST /v1/token', headers: JSON_BODY, body: { client_id: 'client-1', client_secret: 'secret-1' } },
    { line: 'POST /v1/end-users', headers: WRITE, body: {} },
    { line: INSTITUTIONS, headers: READ, body: null },
    session({ institution_id: BANK, permissions: ['accounts', 'balances', 'transactions'] }),
    list,
    list,
    { line: ACCOUNTS, headers: READ, body: null },
    session(options),
    list,
    session({ institution_id: BANK, arrangement_id: 'arr_1' }),
    { line: 'DELETE /v1/consent/arr_1', headers: READ, body: null },
    { line: 'DELETE /v1/end-users/eu_1', headers: READ, body: null },
  ])
})
