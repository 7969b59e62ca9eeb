import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { GraphQLObjectType } from 'graphql'
import { base64url, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSchema } from '../../src/graphql/schema.ts'
import { SCOPES } from '../../src/domain/api-client.ts'
import { deriveKey } from '../../src/services/root-key.ts'
import { type Keys, registerClients } from './api-clients.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { minimalSelection } from './minimal-operation.ts'
import { operationsOf } from './operations.ts'

const STRANGER = { id: 'cli_stranger', apiKey: 'stranger-key', scopes: SCOPES } as const
const SELF = { id: 'cli_development' } as const

let gateway: GatewayProcess
let keys: Keys
let userId: string

beforeAll(async () => {
  const first = await startGateway()
  await first.stop('SIGTERM')
  keys = await registerClients(first.dataDir, [STRANGER])
  gateway = await first.restart('SIGTERM')
  userId = await operationsOf(gateway).createUser('holder')
})
afterAll(() => gateway[Symbol.asyncDispose]())

const ME = '{ me { externalId } }'

describe('nobody', () => {
  const schema = createSchema()
  const fieldsOf = (type: GraphQLObjectType | null | undefined) =>
    Object.values(type?.getFields() ?? {})
      .filter(({ name }) => name !== '_service')
      .map((field) => [field.name, minimalSelection(field)] as const)

  test.each(fieldsOf(schema.getQueryType()))('may not query %s', async (name, selection) => {
    const answer = await gateway.ask(`{ ${selection} }`, {}, { as: null })
    expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(answer.data ?? { [name]: null }).toEqual({ [name]: null })
  })

  test.each(fieldsOf(schema.getMutationType()))('may not call %s', async (_, selection) => {
    const answer = await gateway.ask(`mutation { ${selection} }`, {}, { as: null })
    expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  })

  test.each(fieldsOf(schema.getSubscriptionType()))('may not subscribe to %s', async (name, selection) => {
    await using socket = gateway.live(null)
    const stream = socket.subscribe<Record<string, unknown>, string>(name, `subscription { ${selection} }`)
    await expect(stream.next()).rejects.toThrow('"code":"UNAUTHENTICATED"')
  })
})

const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const signingKey = (): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([ED25519_PKCS8, deriveKey(keys.root, 'user token signing')]),
    format: 'der',
    type: 'pkcs8',
  })

interface Forgery {
  readonly header?: Readonly<Record<string, string>>
  readonly issuer?: string
  readonly audience?: string
  readonly subject?: string
  readonly client?: string
  readonly expires?: string
  readonly key?: KeyObject | Uint8Array
}

/** A token signed by hand: right in all that is not given. */
const forge = ({ header, issuer, audience, subject, client, expires, key }: Forgery): Promise<string> =>
  new SignJWT({ client_id: client ?? SELF.id, scope: 'users:read consents:read authorizations:write' })
    .setProtectedHeader({ alg: 'EdDSA', kid: keys.root.id, typ: 'at+jwt', ...header })
    .setIssuer(issuer ?? 'consentgraph')
    .setAudience(audience ?? 'consentgraph')
    .setSubject(subject ?? userId)
    .setIssuedAt()
    .setExpirationTime(expires ?? '10 minutes')
    .sign(key ?? signingKey())

const flip = (token: string, part: number): string => {
  const parts = token.split('.')
  const text = parts[part]!
  const at = Math.floor(text.length / 2)
  parts[part] = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
  return parts.join('.')
}

const unsigned = async (alg: string): Promise<string> => {
  const [, payload] = (await forge({})).split('.')
  return `${base64url.encode(JSON.stringify({ alg, typ: 'at+jwt', kid: keys.root.id }))}.${payload}.`
}

const publicKey = (format: 'pem' | 'der'): Buffer => {
  const key = createPublicKey(signingKey())
  return format === 'pem'
    ? Buffer.from(key.export({ type: 'spki', format }))
    : key.export({ type: 'spki', format: 'der' })
}

const hmac = (key: Uint8Array): Promise<string> => forge({ header: { alg: 'HS256' }, key })

describe('a token', () => {
  test('made by hand with the right key is let in: what follows is refused for its one flaw', async () => {
    expect(await gateway.graphql(ME, {}, { as: await forge({}) })).toEqual({ me: { externalId: 'holder' } })
    expect(await gateway.graphql(ME, {}, { as: await keys.mint(SELF.id, userId, 60) })).toEqual({
      me: { externalId: 'holder' },
    })
  })

  test.each<[string, () => Promise<string>]>([
    ['has ended', () => keys.mint(SELF.id, userId, -1)],
    ['has a changed header', async () => flip(await forge({}), 0)],
    ['has changed claims', async () => flip(await forge({}), 1)],
    ['has a changed signature', async () => flip(await forge({}), 2)],
    ['has no signature', () => unsigned('none')],
    ['claims EdDSA and has no signature', () => unsigned('EdDSA')],
    ['is an HMAC with the public key (PEM)', () => hmac(publicKey('pem'))],
    ['is an HMAC with the public key (DER)', () => hmac(publicKey('der'))],
    ['is an HMAC with the public key (raw)', () => hmac(publicKey('der').subarray(-32))],
    ['names a key that is not there', () => forge({ header: { kid: 'another' } })],
    ['names no key', () => forge({ header: { kid: '' } })],
    [
      'is signed by another key',
      () =>
        forge({
          key: createPrivateKey({
            key: Buffer.concat([ED25519_PKCS8, Buffer.alloc(32, 1)]),
            format: 'der',
            type: 'pkcs8',
          }),
        }),
    ],
    ['is of another kind', () => forge({ header: { typ: 'JWT' } })],
    ['is for another audience', () => forge({ audience: 'somebody else' })],
    ['is by another issuer', () => forge({ issuer: 'somebody else' })],
    ['names a user who is not there', () => forge({ subject: `usr_${'0'.repeat(32)}` })],
    ['names a client who is not there', () => forge({ client: 'cli_nobody' })],
    ["names another client's user", () => forge({ client: STRANGER.id })],
    ['is padded', async () => `${await forge({})}=`],
    ['stands twice', async () => `${await forge({})}.${await forge({})}`],
  ])('that %s is refused, by HTTP and by WebSocket', async (_, make) => {
    const token = await make()
    const answer = await gateway.ask(ME, {}, { as: token })
    expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(answer.text).not.toContain(token)
    await using socket = gateway.live(token)
    expect(await socket.closed).toMatchObject({ code: 4403 })
  })

  test.each([
    '',
    'Bearer',
    'Bearer ',
    'Basic cm9vdDpyb290',
    'Bearer a b',
    `Bearer ${'a'.repeat(5000)}`,
    'Bearer wrong-key',
  ])('is not %j', async (authorization) => {
    const answer = await gateway.ask(ME, {}, { as: null, headers: { authorization } })
    expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  })

  test('that ends closes the socket with 4403 and a reason', async () => {
    await using socket = gateway.live(await keys.mint(SELF.id, userId, 2))
    const stream = socket.subscribe<{ consentEvents: { __typename: string } }, 'consentEvents'>(
      'consentEvents',
      'subscription { consentEvents { __typename } }',
    )
    expect(await stream.next()).toEqual({ __typename: 'ConsentSnapshot' })
    expect(await socket.closed).toMatchObject({ code: 4403, reason: 'The credential has ended' })
  })
})
