import { createHash, createPrivateKey, createPublicKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { GatewayError } from '../domain/errors.ts'
import { isId } from '../domain/ids.ts'
import type { ApiClient } from '../domain/api-client.ts'
import type { Store, User } from '../domain/store.ts'
import type { Viewer } from '../domain/viewer.ts'

/** What a frontend may do for its one user. */
export const USER_TOKEN_SCOPES = ['users:read', 'consents:read', 'authorizations:write'] as const

/** What the client of `npm start` may do: everything that is there. */
export const ALL_SCOPES = [
  'users:read',
  'users:write',
  'consents:read',
  'authorizations:write',
  'webhooks:admin',
  'operations:read',
] as const

export interface RootKey {
  readonly id: string
  /** 32 bytes. */
  readonly key: Uint8Array
}

export interface Credentials {
  /**
   * @param authorization the header, or the member of `connection_init`: `Bearer ...`; null or undefined is nobody
   * @throws GatewayError UNAUTHENTICATED
   */
  authenticate(authorization: string | null | undefined): Promise<Viewer | null>
  /** @param ttlSeconds 60 to 3600 */
  issueUserToken(
    client: ApiClient,
    user: User,
    ttlSeconds: number,
  ): Promise<{ readonly token: string; readonly expiresAt: Date }>
}

const ISSUER = 'consentgraph'
const AUDIENCE = 'consentgraph'
/** jose tolerates padding and spaces inside base64url; a token that needs that tolerance was not made here. */
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/
const BEARER = /^Bearer +([\w.~+/=-]{1,4096})$/i
/** PKCS #8 of an Ed25519 private key up to its 32 bytes: RFC 8410, section 7. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

const Claims = z.object({
  sub: z.string(),
  client_id: z.string(),
  scope: z.string(),
  exp: z.number(),
})

export const hashApiKey = (key: string): string => createHash('sha256').update(key).digest('hex')

/** One root key serves several ends, none of which can be told from another: RFC 5869. */
export const deriveKey = (root: RootKey, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', root.key, '', `consentgraph ${purpose}`, 32))

const toSigningKey = (root: RootKey): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([ED25519_PKCS8, deriveKey(root, 'user token signing')]),
    format: 'der',
    type: 'pkcs8',
  })

const refuse = (message: string, cause?: unknown): GatewayError =>
  new GatewayError('UNAUTHENTICATED', { message, cause })

export const createCredentials = (store: Store, roots: readonly [RootKey, ...RootKey[]]): Credentials => {
  const [current] = roots
  const signingKey = toSigningKey(current)
  const publicKeys = new Map(roots.map((root) => [root.id, createPublicKey(toSigningKey(root))]))

  const byApiKey = async (key: string): Promise<Viewer> => {
    const hash = hashApiKey(key)
    const client = await store.clients.byKeyHash(hash)
    if (client === null || !timingSafeEqual(Buffer.from(client.keyHash), Buffer.from(hash))) {
      throw refuse('This API key is not known. Use the key that was shown when the API client was made.')
    }
    return { client, user: null, scopes: new Set(client.scopes), expiresAt: null }
  }

  const verify = async (token: string): Promise<z.infer<typeof Claims>> => {
    try {
      const { payload } = await jwtVerify(
        token,
        ({ kid }) => {
          const key = publicKeys.get(kid ?? '')
          if (key === undefined) throw new errors.JWKSNoMatchingKey()
          return key
        },
        { algorithms: ['EdDSA'], issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt' },
      )
      return Claims.parse(payload)
    } catch (error) {
      if (error instanceof errors.JWTExpired)
        throw refuse('This user token has expired. Make a new one with `createUserToken`.', error)
      throw refuse('This user token is not valid. Make one with `createUserToken`.', error)
    }
  }

  const byUserToken = async (token: string): Promise<Viewer> => {
    const claims = await verify(token)
    if (!isId('cli', claims.client_id) || !isId('usr', claims.sub)) throw refuse('This user token is not valid.')
    const [client, users] = await Promise.all([
      store.clients.byId(claims.client_id),
      store.users.byIds({ clientId: claims.client_id, userId: claims.sub }, [claims.sub]),
    ])
    const user = users[0] ?? null
    if (client === null || user === null || user.erasure !== null) {
      throw refuse('The user of this token is no longer there.')
    }
    return { client, user, scopes: new Set(claims.scope.split(' ')), expiresAt: new Date(claims.exp * 1000) }
  }

  return {
    authenticate: async (authorization) => {
      if (authorization === null || authorization === undefined || authorization === '') return null
      const credential = BEARER.exec(authorization)?.[1]
      if (credential === undefined) throw refuse('The authorization must read `Bearer <API key or user token>`.')
      return COMPACT_JWS.test(credential) ? byUserToken(credential) : byApiKey(credential)
    },

    issueUserToken: async (client, user, ttlSeconds) => {
      const expiresAt = new Date((Math.floor(Date.now() / 1000) + ttlSeconds) * 1000)
      const token = await new SignJWT({ client_id: client.id, scope: USER_TOKEN_SCOPES.join(' ') })
        .setProtectedHeader({ alg: 'EdDSA', kid: current.id, typ: 'at+jwt' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(user.id)
        .setIssuedAt()
        .setExpirationTime(expiresAt)
        .sign(signingKey)
      return { token, expiresAt }
    },
  }
}
