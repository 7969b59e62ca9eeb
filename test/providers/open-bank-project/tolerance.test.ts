import { describe, expect, it } from 'vitest'
import type { Secrets } from '../../../src/domain/consent.ts'
import type { ConsentKey, SessionStep, StartRequest } from '../../../src/domain/provider.ts'
import { calling, COMMON, type Received, type Reply, startPlainServer } from '../plain-server.ts'
import { connect, faultOf, toAnswer, toRequest, type Wish } from './bench.ts'

const BANK = 'gh.29.uk'
const LOGIN = { ...COMMON, DirectLogin: 'token=opaque-token' }
const WRITE = { ...LOGIN, 'Content-Type': 'application/json' }

interface Made {
  readonly id: string
  readonly body: { readonly valid_from: string; readonly time_to_live: number; readonly views: unknown[] }
  status: string
}

/** What the server gives as `jwt`; undefined leaves the member out. */
type JwtMaker = (consent: Made) => unknown

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const sign = (claims: unknown): string => `${encode({ alg: 'HS256' })}.${encode(claims)}.c2ln`
const beginOf = ({ body }: Made): number => Date.parse(body.valid_from) / 1000
const endOf = (consent: Made): number => beginOf(consent) + consent.body.time_to_live

const FULL: JwtMaker = (consent) =>
  sign({
    createdByUserId: 'u',
    sub: 's',
    iss: 'http://obp.example',
    aud: 'consumer-1',
    jti: consent.id,
    iat: beginOf(consent),
    nbf: beginOf(consent),
    exp: endOf(consent),
    entitlements: [],
    views: consent.body.views,
  })

const OTHER_JWTS: Readonly<Record<string, JwtMaker>> = {
  'only an id and an end': (consent) => sign({ jti: consent.id, exp: endOf(consent) }),
  'no claim at all': () => sign({}),
  opaque: ({ id }) => `opaque-${id}`,
  empty: () => '',
  null: () => null,
  'of another consent': () => sign({ jti: 'another', exp: 4_102_444_800 }),
  'no text': () => ({ token: 'x' }),
  missing: () => undefined,
}

interface DoubleOptions {
  readonly jwt?: JwtMaker
  /** Of what creates and logs in: 201 by the reference, 200 at older servers. */
  readonly created?: 200 | 201
  /** Answers in place of the server. */
  readonly instead?: (request: Received) => Reply | null
}

/** Open Bank Project, v3.1.0, as the reference describes it and no more. */
const startDouble = async ({ jwt = FULL, created = 201, instead = () => null }: DoubleOptions = {}) => {
  const consents: Made[] = []
  const show = (one: Made) => ({ consent_id: one.id, jwt: jwt(one), status: one.status, extra: { of: 'tomorrow' } })
  const account = { id: 'acc-1', bank_id: BANK, views: [{ id: 'owner' }], extra: true }

  const answer = (request: Received): Reply | null => {
    const path = request.line.replace('/obp/v3.1.0', '')
    const made = consents.find(({ id }) => path.includes(`/${id}/`))
    if (path === 'POST /my/logins/direct') return { status: created, body: { token: 'opaque-token' } }
    if (path === 'GET /obp/v3.0.0/users/current') return { body: { username: 'robot' } }
    if (path === 'GET /banks') return { body: { banks: [{ id: BANK }, { id: 7 }, { id: 'b2', logo: 7 }] } }
    if (path === 'GET /my/accounts') return { body: { accounts: [account] } }
    if (path === `POST /banks/${BANK}/my/consents/SMS`) {
      const consent = { id: `consent-${consents.length + 1}`, body: request.body as Made['body'], status: 'INITIATED' }
      consents.push(consent)
      return { status: created, body: show(consent) }
    }
    if (path === `GET /banks/${BANK}/my/consents`) return { body: { consents: [{ id: 'odd' }, ...consents.map(show)] } }
    if (made === undefined) return null
    if (path.startsWith('POST') && made.status === 'INITIATED') {
      made.status = (request.body as { answer: string }).answer === '123' ? 'ACCEPTED' : 'REJECTED'
    }
    if (path.endsWith('/revoke')) made.status = 'REVOKED'
    return { status: path.startsWith('POST') ? created : 200, body: show(made) }
  }

  const server = await startPlainServer((request) => instead(request) ?? answer(request))
  const { connector, upstream } = connect(server.url, {
    username: 'robot',
    password: 'secret',
    consumerKey: 'key-1',
    consumerId: 'consumer-1',
    psd2Cert: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  })
  const request = (wish: Wish = {}): StartRequest => toRequest({ institutionRef: BANK, ...wish })
  const start = (wish?: Wish): Promise<SessionStep> => {
    const asked = request(wish)
    return connector.start(asked, connector.prepare(asked), calling())
  }
  const answerWith = (step: SessionStep, otp: string) => connector.answer(step.state, toAnswer(step, otp), calling())
  return {
    connector,
    received: server.received,
    request,
    start,
    answerWith,
    [Symbol.asyncDispose]: async () => {
      await upstream.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

const keyOf = ({ consent }: SessionStep, secrets: Secrets | null | undefined): ConsentKey => ({
  consentId: 'con_1',
  providerConsentId: consent?.providerConsentId ?? '',
  institutionRef: BANK,
  secrets: secrets ?? null,
  user: null,
})

/** As the store keeps them: null leaves what was there. */
const secretsAfter = (...steps: readonly SessionStep[]): Secrets | null =>
  steps.reduce<Secrets | null>((kept, { consent }) => consent?.secrets ?? kept, null)

describe.each(Object.entries(OTHER_JWTS))('a Consent-JWT that is %s', (name, jwt) => {
  it('loses neither the step nor the status nor the end', async () => {
    await using obp = await startDouble({ jwt })
    const asked = obp.request()
    const draft = obp.connector.prepare(asked)
    const begun = await obp.connector.start(asked, draft, calling())
    const end = new Date(Math.floor(asked.now.getTime() / 1000) * 1000 + 3_600_000)
    expect(begun).toMatchObject({
      next: { kind: 'OTP', expiresAt: end },
      consent: { raw: 'INITIATED', expiresAt: end },
    })
    const done = await obp.answerWith(begun, '123')
    expect(done).toMatchObject({
      next: { kind: 'DONE' },
      consent: { status: 'AUTHORIZED', raw: 'ACCEPTED', expiresAt: end, access: null },
    })
    expect(await obp.connector.status(begun.state, calling())).toMatchObject({ consent: { status: 'AUTHORIZED' } })
    const key = keyOf(done, secretsAfter(begun, done))
    expect(await obp.connector.readConsents([key], calling())).toMatchObject([{ status: 'AUTHORIZED' }])
    expect(await obp.connector.revoke(key, null, calling())).toMatchObject({ status: 'REVOKED', raw: 'REVOKED' })
  })

  it('is presented where it can be, and its want is told by the accounts alone', async () => {
    await using obp = await startDouble({ jwt })
    const begun = await obp.start()
    const done = await obp.answerWith(begun, '123')
    const accounts = obp.connector.accounts?.(keyOf(done, secretsAfter(begun, done)), calling())
    const isPresentable = ['only an id and an end', 'no claim at all', 'opaque'].includes(name)
    if (isPresentable) {
      expect(await accounts).toMatchObject([{ id: 'acc-1', name: null }])
      expect(obp.received.at(-1)?.headers['Consent-JWT']).toBe(
        done.consent?.secrets?.['jwt'] ?? begun.consent?.secrets?.['jwt'],
      )
    } else {
      expect(await faultOf(accounts ?? Promise.resolve())).toMatchObject({
        code: 'PROVIDER_CONTRACT_VIOLATION',
        message: expect.stringContaining('no Consent-JWT') as string,
      })
    }
  })

  it('ends with a wrong code all the same', async () => {
    await using obp = await startDouble({ jwt })
    expect(await obp.answerWith(await obp.start(), '999')).toMatchObject({
      next: { kind: 'DONE' },
      consent: { status: 'REJECTED', reason: 'OTP_REJECTED' },
    })
  })

  it('proves no ownership: a lost start is not found by it', async () => {
    await using obp = await startDouble({ jwt })
    const asked = obp.request()
    const draft = obp.connector.prepare(asked)
    await obp.connector.start(asked, draft, calling())
    const lost = { draft, institutionRef: BANK, startedAt: asked.now, user: null }
    expect(await obp.connector.recoverStart?.(lost, calling())).toEqual([])
  })

  it('does not tell what a renewal would cover: accounts are named again', async () => {
    await using obp = await startDouble({ jwt })
    const begun = await obp.start()
    const renews = keyOf(begun, secretsAfter(begun))
    const refusal = await faultOf(() => obp.connector.prepare(obp.request({ renews })))
    expect(refusal).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'access', 'accountIds'] })
    expect(await obp.start({ renews, access: { accountIds: ['acc-1'] } })).toMatchObject({ next: { kind: 'OTP' } })
    await using whole = await startDouble({ jwt })
    const everything = await whole.start({ options: { everything: true } })
    const again = await whole.start({ renews: keyOf(everything, secretsAfter(everything)) })
    expect(again).toMatchObject({ next: { kind: 'OTP' }, state: { everything: true } })
  })

  it('does not take the place of one that could be read', async () => {
    let shown = FULL
    await using obp = await startDouble({ jwt: (consent) => shown(consent) })
    const begun = await obp.start()
    const kept = begun.consent?.secrets
    if (name !== 'only an id and an end' && name !== 'no claim at all') {
      shown = jwt
      const done = await obp.answerWith(begun, '123')
      expect(done.consent).toMatchObject({ status: 'AUTHORIZED', secrets: null })
      expect(await obp.connector.status(done.state, calling())).toMatchObject({ consent: { secrets: null } })
      const [read] = await obp.connector.readConsents([keyOf(done, kept)], calling())
      expect(read).toMatchObject({ status: 'AUTHORIZED', secrets: null })
      shown = FULL
    }
    expect((await obp.connector.status(begun.state, calling())).consent?.secrets).toEqual(kept)
  })
})

describe('an answer', () => {
  it('that names another consent says nothing of this one', async () => {
    const named = { consent_id: 'another', jwt: null, status: 'ACCEPTED' }
    await using obp = await startDouble({
      instead: ({ line }) => (line.endsWith('/challenge') ? { status: 201, body: named } : null),
    })
    expect(await faultOf(obp.answerWith(await obp.start(), '123'))).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
  })

  it('need not repeat the id', async () => {
    await using obp = await startDouble({
      instead: ({ line }) => (/challenge$|revoke$/.test(line) ? { body: { status: 'accepted' } } : null),
    })
    const begun = await obp.start()
    expect(await obp.answerWith(begun, '123')).toMatchObject({
      consent: { providerConsentId: 'consent-1', status: 'AUTHORIZED' },
    })
  })

  it.each([undefined, '', 'OK', {}])('to a revocation that says nothing (%j) leaves it to the list', async (body) => {
    let isRevoked = false
    await using obp = await startDouble({
      instead: ({ line }) => {
        if (line.endsWith('/revoke')) return { status: body === undefined ? 204 : 200, body }
        const list = { consents: [{ consent_id: 'consent-1', status: 'revoked' }] }
        return isRevoked && line.endsWith('/my/consents') ? { body: list } : null
      },
    })
    const begun = await obp.start()
    const key = keyOf(begun, secretsAfter(begun))
    expect(await faultOf(obp.connector.revoke(key, null, calling()))).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    isRevoked = true
    expect(await obp.connector.revoke(key, null, calling())).toMatchObject({ status: 'REVOKED' })
  })
})

it('remembers an end that only the first JWT told', async () => {
  let shown: JwtMaker = (consent) => sign({ jti: consent.id, exp: endOf(consent) - 600 })
  await using obp = await startDouble({ jwt: (consent) => shown(consent) })
  const begun = await obp.start()
  shown = () => null
  const done = await obp.answerWith(begun, '123')
  expect(done.consent?.expiresAt).toEqual(begun.consent?.expiresAt)
})

it('finds a lost start by a whole JWT', async () => {
  await using obp = await startDouble()
  const asked = obp.request()
  const draft = obp.connector.prepare(asked)
  await obp.connector.start(asked, draft, calling())
  const lost = { draft, institutionRef: BANK, startedAt: asked.now, user: null }
  expect(await obp.connector.recoverStart?.(lost, calling())).toMatchObject([{ next: { kind: 'OTP' } }])
})

it.each([200, 201] as const)(
  'sends what is documented and nothing else, to a server that creates with %d',
  async (created) => {
    await using obp = await startDouble({ created })
    const { connector, received } = obp
    expect(await connector.check(calling())).toMatchObject({ ok: true })
    expect(await connector.institutions(calling())).toMatchObject([{ ref: BANK, name: BANK }, { ref: 'b2' }])
    const now = new Date('2026-03-01T12:00:00.500Z')
    const options = { views: [{ bankId: BANK, accountId: 'acc-1', viewId: 'owner' }] }
    const asked = obp.request({
      options,
      now,
      access: { validFrom: now },
      validUntil: new Date('2026-03-01T12:30:00Z'),
    })
    const begun = await connector.start(asked, connector.prepare(asked), calling())
    const done = await obp.answerWith(begun, '123')
    const key = keyOf(done, secretsAfter(begun, done))
    await connector.readConsents([key], calling())
    await connector.accounts?.(key, calling())
    await connector.revoke(key, null, calling())
    await obp.start()

    const base = `/obp/v3.1.0/banks/${BANK}`
    const view = { bank_id: BANK, account_id: 'acc-1', view_id: 'owner' }
    const direct = 'username=robot,password=secret,consumer_key=key-1'
    const body = {
      everything: false,
      views: [view],
      entitlements: [],
      consumer_id: 'consumer-1',
      phone_number: '+15550100',
    }
    const consented = {
      ...COMMON,
      'Consent-JWT': done.consent?.secrets?.['jwt'],
      'Consumer-Key': 'key-1',
      'PSD2-CERT': '-----BEGIN CERTIFICATE-----MIIB-----END CERTIFICATE-----',
    }
    expect(received).toEqual([
      { line: 'POST /my/logins/direct', headers: { ...COMMON, DirectLogin: direct }, body: null },
      { line: 'GET /obp/v3.0.0/users/current', headers: LOGIN, body: null },
      { line: 'GET /obp/v3.1.0/banks', headers: COMMON, body: null },
      {
        line: `POST ${base}/my/consents/SMS`,
        headers: WRITE,
        body: { ...body, valid_from: '2026-03-01T12:00:00Z', time_to_live: 1800 },
      },
      { line: `POST ${base}/consents/consent-1/challenge`, headers: WRITE, body: { answer: '123' } },
      { line: `GET ${base}/my/consents`, headers: LOGIN, body: null },
      { line: 'GET /obp/v3.1.0/my/accounts', headers: consented, body: null },
      { line: `GET ${base}/my/consents/consent-1/revoke`, headers: LOGIN, body: null },
      { line: 'GET /obp/v3.1.0/my/accounts', headers: LOGIN, body: null },
      { line: `POST ${base}/my/consents/SMS`, headers: WRITE, body: expect.objectContaining(body) as unknown },
    ])
  },
)
