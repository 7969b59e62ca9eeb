import { describe, expect, it } from 'vitest'
import type { ConsentKey, ProviderUser, SessionStep, StartRequest } from '../../../src/domain/provider.ts'
import { connectProviders } from '../../../src/providers/registry.ts'
import { calling, COMMON, JSON_BODY, nobody, type Received, type Reply, startPlainServer } from '../plain-server.ts'
import { caught, PERSONAL_NUMBER } from './harness.ts'

const BANK = 'se-nordea'
const VERSION = { ...COMMON, 'Insurely-Version': '2026-04-01' }
const AS_CUSTOMER = { ...VERSION, 'authorization-token': 'api-key-1' }
const AS_USER = { ...VERSION, Authorization: 'Bearer opaque|token' }
const STATUS = 'GET /consents/c1/status'
const LIST = 'GET /users/u1/consents'
const DELETE = 'DELETE /consents/c1'

type Book = Readonly<Record<string, Reply>>

const BOOK: Book = {
  'GET /users?externalId=consentgraph-check': { status: 404 },
  'GET /users?externalId=usr_1': { status: 404, body: 'not found' },
  'POST /users': { status: 201, body: { userUuid: 'u1' } },
  'POST /users/u1/sessions': { body: { token: 'opaque|token' } },
  'DELETE /users/u1': { status: 204 },
  'POST /consents': { body: { consentId: 'c1', status: 'INITIATED' } },
  [STATUS]: { body: { status: 'AWAITING_AUTHORIZATION' } },
  [LIST]: { body: [{ consentId: 'c1', status: 'AUTHORIZED' }] },
  [DELETE]: { status: 204 },
  'GET /companies/availability': { body: [{ company: BANK }] },
  'GET /users/u1/collections': { body: [{ id: 'col1', status: 'COMPLETED' }] },
}

const user: ProviderUser = { ref: 'u1', secrets: null }

const startDouble = async (changes: Book = {}) => {
  const book: Record<string, Reply> = { ...BOOK, ...changes }
  const server = await startPlainServer(({ line }: Received) => book[line] ?? null)
  const [connection] = connectProviders({
    insurely: { baseUrl: server.url, apiKey: 'api-key-1', webhookSecret: null, version: '2026-04-01' },
  })
  if (connection === undefined) throw new Error('not connected')
  const { connector, upstream } = connection
  const request = (fields: Partial<StartRequest> = {}): StartRequest => ({
    sessionId: 'aus_1',
    consentId: 'con_1',
    userId: 'usr_1',
    user,
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
    now: new Date('2026-03-01T12:00:00Z'),
    psu: { ...nobody, personalNumber: PERSONAL_NUMBER, device: 'OTHER' },
    supportedSteps: ['QR', 'APP_LAUNCH'],
    callbackUrl: 'https://gateway.example/callback/insurely',
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
  return {
    book,
    connector,
    received: server.received,
    request,
    start,
    [Symbol.asyncDispose]: async () => {
      await upstream.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

const key: ConsentKey = { consentId: 'con_1', providerConsentId: 'c1', institutionRef: BANK, secrets: null, user }

describe('a status', () => {
  it('needs its word alone', async () => {
    await using insurely = await startDouble()
    expect(await insurely.start()).toMatchObject({
      next: { kind: 'WAIT', pollAfterMs: 1_000 },
      consent: { providerConsentId: 'c1', status: 'AWAITING_AUTHORIZATION', expiresAt: null },
    })
  })

  it.each([
    [2_000, 2_000],
    ['2000', 2_000],
    ['soon', 1_000],
    [null, 1_000],
  ])('is asked for again after %j', async (pollingInterval, pollAfterMs) => {
    const body = { consentId: 'c1', status: 'INITIATED', pollingInterval }
    await using insurely = await startDouble({ [STATUS]: { body } })
    expect((await insurely.start()).next).toEqual({ kind: 'WAIT', pollAfterMs })
  })

  const qr = 'bankid.67df3917-fa0d-44e5-b327-edcc928297f8.0.dc69358e'
  it.each([
    [{}, 'WAIT'],
    [[], 'WAIT'],
    ['later', 'WAIT'],
    [{ type: 'SWEDISH_BANKID_QR', qrData: null }, 'WAIT'],
    [{ type: 'SWEDISH_BANKID_QR', qrCode: qr }, 'QR'],
    [{ autoStartToken: '7c40b5c9-fa74-49cf-b98c-bfe651f9a7c6' }, 'APP_LAUNCH'],
  ])('with instructions %j means %s', async (authInstructions, kind) => {
    const body = { status: 'awaiting_authorization', authInstructions, expiresAt: 'later', scope: 'all' }
    await using insurely = await startDouble({ [STATUS]: { body } })
    expect((await insurely.start()).next.kind).toBe(kind)
  })

  it.each([
    [{ code: 'AUTHENTICATION_TIMEOUT', message: 'x' }, 'EXPIRED', 'AUTHENTICATION_TIMEOUT'],
    [{ code: 'authentication_cancelled' }, 'REJECTED', 'authentication_cancelled'],
    ['AUTHENTICATION_CANCELLED', 'REJECTED', 'AUTHENTICATION_CANCELLED'],
    ['WORD_OF_TOMORROW', 'FAILED', 'WORD_OF_TOMORROW'],
    [{ message: 'It failed.' }, 'FAILED', null],
    [{ code: 7 }, 'FAILED', null],
    [7, 'FAILED', null],
    [null, 'FAILED', null],
  ])('FAILED by %j', async (error, status, detail) => {
    await using insurely = await startDouble({ [STATUS]: { body: { status: 'FAILED', error } } })
    expect(await insurely.start()).toMatchObject({ next: { kind: 'DONE' }, consent: { status, detail } })
  })

  it.each([
    ['2026-09-01T12:00:00Z', new Date('2026-09-01T12:00:00Z')],
    ['2026-09-01T14:00:00.000+02:00', new Date('2026-09-01T12:00:00Z')],
    ['2026-09-01T12:00:00', new Date('2026-09-01T12:00:00Z')],
    ['in autumn', null],
    [undefined, null],
  ])('AUTHORIZED until %j', async (text, expiresAt) => {
    const scope = { type: 'PSD2_AIS', balances: true, accountIds: null }
    const body = { consentId: 'c1', company: 7, status: 'AUTHORIZED', expiresAt: text, scope, createdAt: 'x' }
    await using insurely = await startDouble({ [STATUS]: { body }, [LIST]: { body: [body] } })
    const consent = { status: 'AUTHORIZED', expiresAt, access: { balances: true, transactions: null } }
    expect(await insurely.start()).toMatchObject({ next: { kind: 'DONE' }, consent })
    expect(await insurely.connector.readConsents([key], calling())).toMatchObject([consent])
  })

  it('of another consent says nothing of this one', async () => {
    await using insurely = await startDouble()
    const { state } = await insurely.start()
    insurely.book[STATUS] = { body: { consentId: 'another', status: 'AUTHORIZED' } }
    expect(await caught(insurely.connector.status(state, calling()))).toMatchObject({
      code: 'PROVIDER_CONTRACT_VIOLATION',
    })
  })
})

describe('a list', () => {
  it('reads what fits', async () => {
    await using insurely = await startDouble({
      [LIST]: { body: [7, { consentId: 'x' }, { consentId: 'c1', status: 'REVOKED' }] },
    })
    expect(await insurely.connector.readConsents([key], calling())).toMatchObject([{ status: 'REVOKED' }])
  })

  it('gives nobody a consent whose bank or time it does not name', async () => {
    await using insurely = await startDouble()
    const { now: startedAt } = insurely.request()
    const draft = insurely.connector.prepare(insurely.request())
    const lost = { draft, institutionRef: BANK, startedAt, user }
    const recover = () => insurely.connector.recoverStart?.(lost, calling())
    expect(await recover()).toEqual([])
    insurely.book[LIST] = { body: [{ consentId: 'c1', company: BANK, status: 'AWAITING_AUTHORIZATION' }] }
    expect(await recover()).toEqual([])
    insurely.book[STATUS] = { body: { status: 'AWAITING_AUTHORIZATION', createdAt: startedAt.toISOString() } }
    expect(await recover()).toMatchObject([{ next: { kind: 'WAIT' }, consent: { providerConsentId: 'c1' } }])
  })
})

describe('a revocation', () => {
  it.each<Reply>([{ status: 204 }, {}, { body: { status: 'REVOKED' } }, { body: { status: 'revoked', revokedAt: 7 } }])(
    'is done by %j',
    async (reply) => {
      await using insurely = await startDouble({ [DELETE]: reply })
      expect(await insurely.connector.revoke(key, null, calling())).toMatchObject({ status: 'REVOKED' })
    },
  )

  it.each<Reply>([
    { body: 'OK' },
    { body: {} },
    { body: { consentId: 'another', status: 'REVOKED' } },
    { status: 409 },
  ])('that says %j is decided by the list', async (reply) => {
    await using insurely = await startDouble({ [DELETE]: reply })
    const code = reply.status === 409 ? 'PROVIDER_REJECTED' : 'OUTCOME_UNKNOWN'
    expect(await caught(insurely.connector.revoke(key, null, calling()))).toMatchObject({ code })
    insurely.book[LIST] = { body: [{ consentId: 'c1', status: 'REVOKED' }] }
    expect(await insurely.connector.revoke(key, null, calling())).toMatchObject({ status: 'REVOKED' })
  })
})

describe('institutions', () => {
  it('need a name; one that names no logins may have BankID', async () => {
    const companies = [{ company: BANK }, { company: 'b', loginMethods: ['EMAIL'] }, { companyDisplayName: 'x' }]
    await using insurely = await startDouble({ 'GET /companies/availability': { body: companies } })
    expect(await insurely.connector.institutions(calling())).toEqual([
      {
        ref: BANK,
        name: BANK,
        country: 'SE',
        logoUrl: null,
        psuTypes: ['PERSONAL'],
        steps: ['QR', 'APP_LAUNCH'],
        maxConsentSeconds: null,
        requiredPsuFields: ['personalNumber'],
        available: true,
      },
    ])
    expect(await insurely.start()).toMatchObject({ next: { kind: 'WAIT' } })
  })
})

describe('users', () => {
  it('are those that are there', async () => {
    await using insurely = await startDouble({
      'GET /users?externalId=usr_1': { body: { userUuid: 'u1', anonymized: 'no' } },
    })
    const secrets = { token: 'opaque|token', expiresAt: null }
    expect(await insurely.connector.ensureUser?.('usr_1', calling())).toEqual({ ref: 'u1', secrets })
  })

  it('keep a session that does not say when it ends, until it is refused', async () => {
    await using insurely = await startDouble()
    const opened = () => insurely.received.filter(({ line }) => line === 'POST /users/u1/sessions').length
    const { state } = await insurely.start()
    await insurely.connector.status(state, calling())
    expect(opened()).toBe(1)
    insurely.book[STATUS] = { status: 401 }
    await caught(insurely.connector.status(state, calling()))
    expect(opened()).toBe(2)
  })

  it('have collections under either name of the id', async () => {
    const collections = [
      { collectionId: 'col2', status: 'RUNNING', createdAt: '2026-03-01T12:00:00Z' },
      { status: 'x' },
    ]
    await using insurely = await startDouble()
    const read = async () => (await insurely.connector.collections?.(user, calling()))?.map(({ id }) => id)
    expect(await read()).toEqual(['col1'])
    insurely.book['GET /users/u1/collections'] = { body: collections }
    expect(await read()).toEqual(['col2'])
  })
})

it('sends what is documented and nothing else', async () => {
  await using insurely = await startDouble()
  const { connector, received } = insurely
  expect(await connector.check(calling())).toMatchObject({ ok: true })
  const made = await connector.ensureUser?.('usr_1', calling())
  await connector.institutions(calling())
  const access = {
    permissions: [],
    accountIds: ['SE1'],
    balances: true,
    transactions: false,
    validFrom: null,
    validUntil: null,
  }
  const psu = { ...insurely.request().psu, device: 'SAME', locale: 'sv', ipAddress: '192.0.2.1' } as const
  const begun = await insurely.start({ user: made ?? null, psu, access, validUntil: new Date('2026-08-02T00:00:00Z') })
  await connector.status(begun.state, calling())
  await connector.readConsents([key], calling())
  await connector.collections?.(user, calling())
  await connector.revoke(key, null, calling())
  await connector.forgetUser?.(user, calling())
  await insurely.start()

  const bankId = { type: 'SWEDISH_BANKID', personalNumber: PERSONAL_NUMBER }
  expect(received).toEqual([
    { line: 'GET /users?externalId=consentgraph-check', headers: AS_CUSTOMER, body: null },
    { line: 'GET /users?externalId=usr_1', headers: AS_CUSTOMER, body: null },
    { line: 'POST /users', headers: { ...AS_CUSTOMER, ...JSON_BODY }, body: { externalId: 'usr_1' } },
    { line: 'POST /users/u1/sessions', headers: AS_CUSTOMER, body: null },
    { line: 'GET /companies/availability', headers: AS_CUSTOMER, body: null },
    {
      line: 'POST /consents',
      headers: { ...AS_USER, ...JSON_BODY },
      body: {
        company: BANK,
        loginMethod: 'SWEDISH_MOBILE_BANKID_SAME_DEVICE',
        parameters: [
          {
            type: 'PSD2_AIS_CONSENT',
            accountIds: ['SE1'],
            balances: true,
            transactions: false,
            psuIpAddress: '192.0.2.1',
            psuLocale: 'sv-SE',
            validUntil: '2026-08-01',
          },
          bankId,
        ],
      },
    },
    { line: STATUS, headers: AS_USER, body: null },
    { line: STATUS, headers: AS_USER, body: null },
    { line: LIST, headers: AS_CUSTOMER, body: null },
    { line: 'GET /users/u1/collections', headers: AS_CUSTOMER, body: null },
    { line: DELETE, headers: AS_USER, body: null },
    { line: 'DELETE /users/u1', headers: AS_CUSTOMER, body: null },
    {
      line: 'POST /consents',
      headers: { ...AS_USER, ...JSON_BODY },
      body: {
        company: BANK,
        loginMethod: 'SWEDISH_MOBILE_BANKID_OTHER_DEVICE',
        parameters: [{ type: 'PSD2_AIS_CONSENT', balances: true, transactions: true }, bankId],
      },
    },
    { line: STATUS, headers: AS_USER, body: null },
  ])
})
