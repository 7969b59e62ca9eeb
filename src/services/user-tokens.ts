import { createPrivateKey, createPublicKey, hash, type KeyObject, randomUUID } from 'node:crypto'
import { errors, exportJWK, type JWK, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { allowedScopes, type ApiClient } from '../domain/api-client.ts'
import { GatewayError } from '../domain/errors.ts'
import type { User } from '../domain/store.ts'
import { isCompactJws } from './compact-jws.ts'
import { createRecentlyUsed } from '../domain/recently-used.ts'
import { deriveKey, type RootKey, type RootKeys } from './root-key.ts'

/** What a frontend may do for its one user. */
export const USER_TOKEN_SCOPES = ['users:read', 'consents:read', 'authorizations:write'] as const

export interface UserTokenSettings {
  /** The `iss` of the tokens made here. */
  readonly issuer: string
  /** The `aud` of the tokens made here. */
  readonly audience: string
}

const Claims = z.object({
  sub: z.string(),
  client_id: z.string(),
  scope: z.string(),
  exp: z.number(),
})

export type UserTokenClaims = z.infer<typeof Claims>

export interface UserTokens {
  /** @param ttlSeconds 60 to 3600 */
  issue(
    client: ApiClient,
    user: User,
    ttlSeconds: number,
  ): Promise<{ readonly token: string; readonly expiresAt: Date }>
  /**
   * The signature and the claims, at once for a token that was found good before; who they name is for the caller to look up.
   *
   * @throws GatewayError UNAUTHENTICATED
   */
  verify(token: string): UserTokenClaims | Promise<UserTokenClaims>
  /** A JWK Set (RFC 7517) of every key that a valid token may be signed with here, now or after the next rotation. */
  publishedKeys(): Promise<{ readonly keys: readonly JWK[] }>
}

/** One answer for whatever is wrong with a token: which check it failed is nobody's business. */
export const refuseToken = (cause?: unknown): GatewayError =>
  new GatewayError('UNAUTHENTICATED', {
    message: 'This user token is not valid. Get a new one from where it was made.',
    cause,
  })

/** Said only of a token that was valid once. */
export const refuseExpired = (cause?: unknown): GatewayError =>
  new GatewayError('UNAUTHENTICATED', {
    message: 'This user token has expired. Get a new one from where it was made.',
    cause,
  })

/** PKCS #8 of an Ed25519 private key up to its 32 bytes: RFC 8410, section 7. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Tokens that were found good are remembered by their hash, so many at least: a signature is verified once, not at each request. */
export const REMEMBERED_TOKENS = 5_000

/** As JOSE counts it (RFC 7519, section 4.1.4): in whole seconds, and not after them. */
export const hasEnded = (expSeconds: number): boolean => expSeconds <= Math.floor(Date.now() / 1000)

/** The pair whose public half is published: for user tokens and receipts, which their `typ` keeps apart. */
export const toSigningKey = (root: RootKey): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([ED25519_PKCS8, deriveKey(root, 'user token signing')]),
    format: 'der',
    type: 'pkcs8',
  })

export const createUserTokens = (roots: RootKeys, { issuer, audience }: UserTokenSettings): UserTokens => {
  const [current] = roots
  const signingKey = toSigningKey(current)
  const publicKeys = new Map(roots.map((root) => [root.id, createPublicKey(toSigningKey(root))]))
  const keyOf = ({ kid }: { readonly kid?: string }): KeyObject => {
    const key = publicKeys.get(kid ?? '')
    if (key === undefined) throw new errors.JWKSNoMatchingKey()
    return key
  }
  // Keys, issuer and audience stay as they are for as long as the process lives: what was good is good until its end.
  const good = createRecentlyUsed<UserTokenClaims>(REMEMBERED_TOKENS)

  const check = async (token: string): Promise<UserTokenClaims> => {
    if (!isCompactJws(token)) throw refuseToken()
    try {
      const options = { algorithms: ['EdDSA'], issuer, audience, typ: 'at+jwt' }
      return Claims.parse((await jwtVerify(token, keyOf, options)).payload)
    } catch (error) {
      throw error instanceof errors.JWTExpired ? refuseExpired(error) : refuseToken(error)
    }
  }

  const learn = async (token: string, fingerprint: string): Promise<UserTokenClaims> => {
    const claims = await check(token)
    good.set(fingerprint, claims)
    return claims
  }

  return {
    issue: async (client, user, ttlSeconds) => {
      const expiresAt = new Date((Math.floor(Date.now() / 1000) + ttlSeconds) * 1000)
      // The claims of RFC 9068, section 2.2.
      const token = await new SignJWT({
        client_id: client.id,
        scope: allowedScopes(client, USER_TOKEN_SCOPES).join(' '),
      })
        .setProtectedHeader({ alg: 'EdDSA', kid: current.id, typ: 'at+jwt' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(user.id)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime(expiresAt)
        .sign(signingKey)
      return { token, expiresAt }
    },

    verify: (token) => {
      const fingerprint = hash('sha256', token)
      const known = good.get(fingerprint)
      return known === undefined || hasEnded(known.exp) ? learn(token, fingerprint) : known
    },

    publishedKeys: async () => ({
      keys: await Promise.all(
        [...publicKeys].map(async ([kid, key]) => ({ ...(await exportJWK(key)), kid, use: 'sig', alg: 'EdDSA' })),
      ),
    }),
  }
}
