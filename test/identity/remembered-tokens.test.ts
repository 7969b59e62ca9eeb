import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createIssuerKeys } from '../../src/services/oidc/issuer-keys.ts'
import { createOidcTokens } from '../../src/services/oidc/oidc-tokens.ts'
import { createDocumentReader } from '../../src/upstream/document-reader.ts'
import { type Issuer, startIssuer } from './issuer.ts'
import { newKeyPair, signToken, toJwk } from './signing.ts'

const reader = createDocumentReader({ timeoutMs: 1_500, maxBytes: 20_000 })
const pair = newKeyPair('EdDSA')
const own = toJwk(pair.publicKey, { kid: 'own' })
const other = toJwk(newKeyPair('EdDSA').publicKey, { kid: 'other' })
const HOUR_SECONDS = 3_600

let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer([own])
})
afterEach(() => {
  vi.useRealTimers()
  issuer.publish([own])
})
afterAll(async () => {
  await issuer[Symbol.asyncDispose]()
  await reader[Symbol.asyncDispose]()
})

/** A verifier whose keys grow old by a clock of their own. */
const open = () => {
  let passedMs = 0
  const keys = createIssuerKeys({
    issuer: issuer.url,
    read: reader.read,
    report: () => {},
    now: () => Date.now() + passedMs,
  })
  const settings = {
    issuer: issuer.url,
    audience: 'bank-data',
    apiClient: 'cli_1',
    userClaim: 'sub',
    scopeClaim: null,
  } as const
  return { tokens: createOidcTokens(settings, keys), pass: (ms: number) => (passedMs += ms) }
}

const newToken = (): string => {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss: issuer.url, aud: 'bank-data', sub: 'person', iat, exp: iat + HOUR_SECONDS }
  return signToken({ alg: 'EdDSA', kid: 'own', typ: 'at+jwt' }, claims, pair.privateKey)
}

test("an issuer's token is verified once while its key is known, and ends at its time", async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const { tokens } = open()
  const token = newToken()
  const identity = await tokens.verify(token)
  expect(identity).toMatchObject({ externalId: 'person' })
  vi.setSystemTime(identity.expiresAt.getTime() - 1)
  expect(await tokens.verify(token)).toBe(identity)
  vi.setSystemTime(identity.expiresAt)
  await expect(tokens.verify(token)).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
    message: expect.stringContaining('has expired'),
  })
})

test('a token whose key the issuer has taken out is refused, though it was good before', async () => {
  const { tokens, pass } = open()
  const token = newToken()
  await tokens.verify(token)
  issuer.publish([other])
  pass(11 * 60_000)
  // What is known serves until the newer keys are there, which this one asks for.
  const before = issuer.keyReads
  await tokens.verify(token)
  await vi.waitFor(() => expect(issuer.keyReads).toBeGreaterThan(before))
  await vi.waitFor(() => expect(tokens.verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' }))
})

test('a token is verified anew by another key of the same name', async () => {
  const { tokens, pass } = open()
  const token = newToken()
  await tokens.verify(token)
  issuer.publish([toJwk(newKeyPair('EdDSA').publicKey, { kid: 'own' })])
  pass(11 * 60_000)
  await vi.waitFor(() => expect(tokens.verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' }))
})
