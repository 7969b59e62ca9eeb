import { createPrivateKey, createPublicKey } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deriveKey } from '../../src/services/root-key.ts'
import { openKeyRing } from '../../src/store/key-ring.ts'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { operationsOf } from '../e2e/operations.ts'
import { type BadToken, badTokens } from './bad-tokens.ts'
import { type Issuer, startIssuer } from './issuer.ts'
import {
  type Json,
  modulusOf,
  newKeyPair,
  rsaJwk,
  type Signer,
  signToken,
  signWithExponentOne,
  toJwk,
} from './signing.ts'

const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const ME = '{ me { externalId } }'
const REFUSED = 'This user token is not valid. Get a new one from where it was made.'
const PERSON = 'person-of-the-issuer'

const now = (): number => Math.floor(Date.now() / 1000)
const pairs = { EdDSA: newKeyPair('EdDSA'), ES256: newKeyPair('ES256'), RSA: newKeyPair('RSA') }
const short = newKeyPair('RSA', 1024)
/** With the exponent 1 a signature is the padded text itself, so that anybody makes it. */
const everybodys = rsaJwk(modulusOf(pairs.RSA.publicKey), 1n, 'exponent-1')

let issuer: Issuer
let gateway: GatewayProcess
let own: Signer

const foreign = (alg: 'EdDSA' | 'ES256' | 'RS256' | 'PS256', more: Json = {}): Signer => {
  const kind = alg === 'EdDSA' || alg === 'ES256' ? alg : 'RSA'
  return {
    header: { alg, kid: kind, typ: 'at+jwt' },
    claims: { iss: issuer.url, aud: 'bank-data', sub: PERSON, iat: now(), exp: now() + 600, ...more },
    ...pairs[kind],
  }
}

const sign = ({ header, claims, privateKey }: Signer): string => signToken(header, claims, privateKey)

beforeAll(async () => {
  issuer = await startIssuer([
    ...Object.entries(pairs).map(([kid, { publicKey }]) => toJwk(publicKey, { kid })),
    toJwk(short.publicKey, { kid: 'short' }),
    everybodys,
  ])
  gateway = await startGateway({
    env: {
      OIDC_ISSUER: issuer.url,
      OIDC_AUDIENCE: 'bank-data',
      OIDC_API_CLIENT: 'cli_development',
      OIDC_SCOPE_CLAIM: 'scope',
      RATE_LIMIT_FAILED_CREDENTIALS: '0',
      LOG_LEVEL: 'trace',
    },
  })
  const userId = await operationsOf(gateway).createUser(PERSON)
  const [root] = await openKeyRing({ dataDir: gateway.dataDir, configuredKeys: [] })
  const seed = Buffer.concat([ED25519_PKCS8, deriveKey(root, 'user token signing')])
  const privateKey = createPrivateKey({ key: seed, format: 'der', type: 'pkcs8' })
  own = {
    header: { alg: 'EdDSA', kid: root.id, typ: 'at+jwt' },
    claims: {
      iss: 'consentgraph',
      aud: 'consentgraph',
      sub: userId,
      client_id: 'cli_development',
      scope: 'users:read',
      iat: now(),
      exp: now() + 600,
    },
    privateKey,
    publicKey: createPublicKey(privateKey),
  }
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await issuer[Symbol.asyncDispose]()
})

const ask = (token: string) => gateway.ask<{ me: { externalId: string } }>(ME, {}, { as: token })
const letsIn = async (token: string): Promise<void> => {
  expect((await ask(token)).data).toEqual({ me: { externalId: PERSON } })
}

/** The same over both ways in, to the letter; the WebSocket is told why as it is closed. */
const refuses = async ({ flaw, token }: BadToken, message = REFUSED): Promise<void> => {
  const answer = await ask(token)
  expect(answer.status, flaw).toBe(401)
  const [error] = answer.errors
  expect(error, flaw).toMatchObject({ message, extensions: { code: 'UNAUTHENTICATED', retryable: false } })
  expect(Object.keys(error!.extensions).toSorted(), flaw).toEqual(['code', 'requestId', 'retryable'])
  expect(answer.text.includes(token), flaw).toBe(false)
  await using socket = gateway.live(token)
  expect(await socket.closed, flaw).toMatchObject({ code: 4403, reason: message })
}

const refusesAll = async (tokens: readonly BadToken[]): Promise<void> => {
  for (const token of tokens) await refuses(token)
}

const scoped = { scope: 'users:read' }

describe('a token of this gateway', () => {
  test('that has no flaw is let in', () => letsIn(sign(own)))

  test('that has one is refused, whichever', { timeout: 60_000 }, async () => {
    const tokens = badTokens(own)
    expect(tokens.length).toBeGreaterThan(90)
    await refusesAll(tokens)
  })

  test('is not made by the other issuer, nor the other way round', async () => {
    const { header, claims } = own
    await refusesAll([
      { flaw: 'our name, their key', token: signToken(header, claims, pairs.EdDSA.privateKey) },
      {
        flaw: 'our name, their key and its id',
        token: sign({ ...own, ...pairs.EdDSA, header: { ...header, kid: 'EdDSA' } }),
      },
      { flaw: 'their name, our key', token: sign({ ...own, claims: foreign('EdDSA').claims }) },
      { flaw: 'another kind', token: sign({ ...own, header: { ...header, typ: 'JWT' } }) },
    ])
  })
})

describe('a token of the other issuer', () => {
  test.each(['EdDSA', 'ES256', 'RS256', 'PS256'] as const)('signed with %s is let in', (alg) =>
    letsIn(sign(foreign(alg, scoped))),
  )

  test.each(['EdDSA', 'ES256', 'RS256', 'PS256'] as const)(
    'signed with %s that has a flaw is refused, whichever',
    { timeout: 60_000 },
    async (alg) => {
      const tokens = badTokens(foreign(alg, scoped))
      expect(tokens.length).toBeGreaterThan(90)
      await refusesAll(tokens)
    },
  )

  test('signed with a weak key, or for another use, is refused', async () => {
    const { claims, privateKey } = foreign('RS256', scoped)
    await refusesAll([
      { flaw: 'a short key', token: signToken({ alg: 'RS256', kid: 'short' }, claims, short.privateKey) },
      { flaw: 'the exponent 1', token: signWithExponentOne({ alg: 'RS256', kid: 'exponent-1' }, claims, 256) },
      { flaw: 'RS256 under PS256', token: signToken({ alg: 'PS256', kid: 'RSA' }, claims, privateKey, 'RS256') },
      { flaw: 'PS256 under RS256', token: signToken({ alg: 'RS256', kid: 'RSA' }, claims, privateKey, 'PS256') },
      { flaw: 'bound to a key', token: sign(foreign('ES256', { ...scoped, cnf: { jkt: 'a' } })) },
      { flaw: 'of the future', token: sign(foreign('ES256', { ...scoped, iat: now() + 600 })) },
      { flaw: 'without end', token: sign(foreign('ES256', { ...scoped, exp: 1e300 })) },
      { flaw: 'of a name that cannot be stored', token: sign(foreign('ES256', { ...scoped, sub: 'a\0b' })) },
    ])
  })

  test('says who may have been meant only where it is valid', async () => {
    const unknown = 'The person of this token is not a user here. Create the user with `createUser` first.'
    await refuses({ flaw: 'nobody', token: sign(foreign('ES256', { sub: 'nobody' })) }, unknown)
    const expired = 'This user token has expired. Get a new one from where it was made.'
    await refuses({ flaw: 'expired', token: sign(foreign('ES256', { exp: now() - 60 })) }, expired)
    await refuses({ flaw: 'expired', token: sign({ ...own, claims: { ...own.claims, exp: now() - 60 } }) }, expired)
  })

  test('may do what its claim says, and never more than a user token', async () => {
    const widest = sign(foreign('ES256', { scope: ['users:read', 'users:write', 'operations:read'] }))
    await letsIn(widest)
    const create = 'mutation { createUser(input: { externalId: "another" }) { user { id } userErrors { __typename } } }'
    expect((await gateway.ask(create, {}, { as: widest })).text).toContain('NOT_ALLOWED')
    const narrow = await ask(sign(foreign('ES256', { scope: 'consents:read' })))
    expect(narrow.errors).toMatchObject([{ extensions: { code: 'NOT_ALLOWED' } }])
    expect((await ask(sign(foreign('ES256')))).errors).toMatchObject([{ extensions: { code: 'NOT_ALLOWED' } }])
  })

  test('may be half a minute early or late, as clocks are', async () => {
    await letsIn(sign(foreign('ES256', { ...scoped, nbf: now() + 20, iat: now() + 20 })))
    await letsIn(sign(foreign('ES256', { ...scoped, exp: now() - 10 })))
  })

  test('comes without a kind, or as a plain JWT, from some issuers', async () => {
    const { header, claims, privateKey } = foreign('ES256', { ...scoped, aud: ['another', 'bank-data'] })
    for (const typ of [undefined, 'JWT', 'application/at+jwt']) {
      await letsIn(signToken({ ...header, typ }, claims, privateKey))
    }
  })

  test('ends with its user', async () => {
    const token = sign(foreign('ES256', { ...scoped, sub: 'to-be-erased' }))
    await operationsOf(gateway).createUser('to-be-erased')
    expect((await ask(token)).data).toEqual({ me: { externalId: 'to-be-erased' } })
    const erase =
      'mutation { deleteUser(input: { user: { externalId: "to-be-erased" } }) { userErrors { __typename } } }'
    await gateway.graphql(erase)
    expect((await ask(token)).status).toBe(401)
  })
})

test('all of that asked the issuer for its keys once, and told the log nothing', () => {
  expect(issuer.keyReads).toBe(1)
  expect(gateway.printed.log).not.toMatch(/eyJ[\w-]{8,}/)
  expect(gateway.printed.log).not.toContain(PERSON)
})

test('while the issuer is away, known keys go on and a new one is to be tried again', async () => {
  await using away = await startIssuer()
  await using other = await startGateway({
    env: { OIDC_ISSUER: away.url, OIDC_AUDIENCE: 'bank-data', OIDC_API_CLIENT: 'cli_development' },
  })
  await operationsOf(other).createUser(PERSON)
  const token = signToken(
    { alg: 'ES256', kid: 'ES256' },
    { iss: away.url, aud: 'bank-data', sub: PERSON, exp: now() + 600 },
    pairs.ES256.privateKey,
  )
  away.answerWith((response) => response.writeHead(500).end())
  const answer = await other.ask(ME, {}, { as: token })
  expect(answer).toMatchObject({
    status: 503,
    errors: [{ extensions: { code: 'ISSUER_UNAVAILABLE', retryable: true, retryAt: expect.any(String) } }],
  })
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  await using socket = other.live(token)
  expect(await socket.closed).toMatchObject({ code: 1013 })
  expect(other.printed.log).toContain('oidc.keys.failed')
})
