import { createPublicKey, randomBytes } from 'node:crypto'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type ApiClient, SCOPES } from '../../src/domain/api-client.ts'
import { randomIds } from '../../src/domain/ids.ts'
import type { User } from '../../src/domain/store.ts'
import type { RootKeys } from '../../src/services/root-key.ts'
import { createUserTokens } from '../../src/services/user-tokens.ts'
import { startGateway } from '../e2e/gateway-process.ts'
import { operationsOf } from '../e2e/operations.ts'

const SETTINGS = { issuer: 'https://consent.example', audience: 'bank data' }
const CLIENT: ApiClient = {
  id: randomIds.next('cli'),
  name: 'client',
  keyHash: '',
  keyHint: null,
  scopes: SCOPES,
  returnTo: [],
  createdAt: new Date(),
  disabledAt: null,
  version: 1,
}
const USER: User = {
  id: randomIds.next('usr'),
  clientId: CLIENT.id,
  externalId: 'person',
  createdAt: new Date(),
  erasedAt: null,
  erasure: null,
}
const oldKey = { id: 'old', key: randomBytes(32) }
const newKey = { id: 'new', key: randomBytes(32) }
const refused = { code: 'UNAUTHENTICATED', retryable: false }

describe('a user token', () => {
  test('says who made it, for whom, of whom and until when, and is another one each time', async () => {
    const tokens = createUserTokens([oldKey], SETTINGS)
    const before = Math.floor(Date.now() / 1000)
    const { token, expiresAt } = await tokens.issue(CLIENT, USER, 300)
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', kid: 'old', typ: 'at+jwt' })
    const { jti, iat, exp, ...claims } = decodeJwt(token)
    expect(claims).toEqual({
      iss: SETTINGS.issuer,
      aud: SETTINGS.audience,
      sub: USER.id,
      client_id: CLIENT.id,
      scope: 'users:read consents:read authorizations:write',
    })
    expect(iat).toBeGreaterThanOrEqual(before)
    expect(exp).toBe(iat! + 300)
    expect(expiresAt).toEqual(new Date(exp! * 1000))
    expect(decodeJwt((await tokens.issue(CLIENT, USER, 300)).token).jti).not.toBe(jti)
  })

  test.each([
    ['issuer', { ...SETTINGS, issuer: 'https://other.example' }],
    ['audience', { ...SETTINGS, audience: 'another' }],
  ])('of another %s is refused', async (_, settings) => {
    const { token } = await createUserTokens([oldKey], settings).issue(CLIENT, USER, 60)
    await expect(createUserTokens([oldKey], SETTINGS).verify(token)).rejects.toMatchObject(refused)
  })
})

describe('a user token that was found good', () => {
  afterEach(() => vi.useRealTimers())

  test('is not verified again, and ends at its time all the same', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const tokens = createUserTokens([oldKey], SETTINGS)
    const { token, expiresAt } = await tokens.issue(CLIENT, USER, 60)
    const claims = await tokens.verify(token)
    vi.setSystemTime(expiresAt.getTime() - 1)
    expect(await tokens.verify(token)).toBe(claims)
    vi.setSystemTime(expiresAt)
    const ended = { ...refused, message: expect.stringContaining('has expired') }
    await expect(tokens.verify(token)).rejects.toMatchObject(ended)
  })

  test('makes no other one good: not one with another signature, nor one that was refused', async () => {
    const tokens = createUserTokens([oldKey], SETTINGS)
    const forged = createUserTokens([{ ...newKey, id: 'old' }], SETTINGS)
    const [{ token }, { token: other }] = [await tokens.issue(CLIENT, USER, 60), await forged.issue(CLIENT, USER, 60)]
    await expect(tokens.verify(other)).rejects.toMatchObject(refused)
    await tokens.verify(token)
    const head = token.slice(0, token.lastIndexOf('.'))
    const mixed = `${head}${other.slice(other.lastIndexOf('.'))}`
    for (const bad of [other, mixed, `${token}=`, ` ${token}`]) {
      await expect(tokens.verify(bad)).rejects.toMatchObject(refused)
    }
  })
})

describe('keys are changed in two steps, so that at each moment', () => {
  const STEPS: readonly RootKeys[] = [[oldKey], [oldKey, newKey], [newKey, oldKey], [newKey]]

  test.each([0, 1, 2] as const)('replicas before and after step %i take the tokens of both', async (step) => {
    const replicas = STEPS.slice(step, step + 2).map((ring) => createUserTokens(ring, SETTINGS))
    for (const signer of replicas) {
      const { token } = await signer.issue(CLIENT, USER, 60)
      // What signed before the last step has ended by then: `docs/operations.md`.
      if (step === 2 && decodeProtectedHeader(token).kid !== 'new') continue
      for (const verifier of replicas) expect((await verifier.verify(token)).sub).toBe(USER.id)
    }
  })

  test('a key that is gone verifies nothing, and neither does another one of its name', async () => {
    const { token } = await createUserTokens([oldKey], SETTINGS).issue(CLIENT, USER, 60)
    for (const ring of [[newKey], [{ ...newKey, id: 'old' }]] as const satisfies readonly RootKeys[]) {
      await expect(createUserTokens(ring, SETTINGS).verify(token)).rejects.toMatchObject(refused)
    }
  })

  test('the published keys are all that may sign now or next, and public only', async () => {
    const { keys } = await createUserTokens([oldKey, newKey], SETTINGS).publishedKeys()
    expect(keys.map(({ kid }) => kid)).toEqual(['old', 'new'])
    for (const key of keys) {
      expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
      expect(createPublicKey({ key, format: 'jwk' }).asymmetricKeyType).toBe('ed25519')
    }
  })
})

test('a gateway publishes its keys, by which anybody checks its tokens, before and after a restart', async () => {
  const first = await startGateway()
  const { userToken } = first
  await using gateway = await first.restart('SIGTERM')
  const address = new URL('/.well-known/jwks.json', gateway.url)
  const published = await fetch(address)
  expect(published.status).toBe(200)
  expect(Object.fromEntries(published.headers)).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'public, max-age=300',
    'access-control-allow-origin': '*',
  })
  for (const token of [userToken, gateway.userToken]) {
    const { payload } = await jwtVerify(token, createRemoteJWKSet(address), {
      issuer: 'consentgraph',
      audience: 'consentgraph',
      algorithms: ['EdDSA'],
    })
    expect(payload).toMatchObject({ client_id: 'cli_development' })
    expect(await gateway.graphql('{ me { externalId } }', {}, { as: token })).toEqual({
      me: { externalId: 'demo-user' },
    })
  }
  expect((await fetch(address, { method: 'POST' })).status).toBe(405)
})

test('a mutation that is repeated after the keys were changed is still the same one', async () => {
  const keys = [oldKey, newKey].map(({ id, key }) => `${id}:${key.toString('base64')}`)
  const env = { CONSENTGRAPH_API_KEY: 'cg_dev_rotation' }
  const first = await startGateway({ env: { ...env, CONSENTGRAPH_ENCRYPTION_KEYS: keys.join() } })
  const idempotencyKey = 'across-a-rotation'
  const before = await operationsOf(first).start({ idempotencyKey })
  await using gateway = await first.restart('SIGTERM', { CONSENTGRAPH_ENCRYPTION_KEYS: keys.toReversed().join() })
  const after = await operationsOf(gateway).start({ idempotencyKey })
  expect(after).toMatchObject({ userErrors: [], authSession: { id: before.authSession!.id } })
})
