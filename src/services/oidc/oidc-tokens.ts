import { hash, type KeyObject } from 'node:crypto'
import { decodeProtectedHeader, errors, jwtVerify } from 'jose'
import { z } from 'zod'
import { GatewayError } from '../../domain/errors.ts'
import { isStorable } from '../../domain/text.ts'
import { isCompactJws } from '../compact-jws.ts'
import { createRecentlyUsed } from '../../domain/recently-used.ts'
import { hasEnded, refuseExpired, refuseToken, REMEMBERED_TOKENS, USER_TOKEN_SCOPES } from '../user-tokens.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import type { OidcSettings } from './settings.ts'
import { type Algorithm, ALGORITHMS, isAlgorithm } from './verification-key.ts'

/** What an issuer's token is worth here. */
export interface OidcIdentity {
  readonly externalId: string
  readonly scopes: ReadonlySet<string>
  readonly expiresAt: Date
}

export interface OidcTokens {
  /** @throws GatewayError UNAUTHENTICATED, ISSUER_UNAVAILABLE */
  verify(token: string): Promise<OidcIdentity>
}

/** By how much the issuer's clock may differ. */
const CLOCK_SKEW_SECONDS = 30
/** Access tokens (RFC 9068), and those of issuers that name no kind or only `JWT`; no ID, logout or event tokens of a kind of their own. */
const KINDS: ReadonlySet<string> = new Set(['at+jwt', 'jwt'])

const Header = z.object({
  alg: z.string().refine(isAlgorithm),
  kid: z.string().min(1).max(255),
  typ: z
    .string()
    .default('JWT')
    .refine((kind) => KINDS.has(kind.toLowerCase().replace(/^application\//, ''))),
})

/** Of the year 9999: a later one is no date. */
const LAST_SECOND = 253_402_300_799

const Claims = z.looseObject({
  exp: z.number().max(LAST_SECOND),
  iat: z.number().optional(),
  // Bound to a key that its sender proves to have (RFC 7800), which nothing here asks for: whoever stole it could use it.
  cnf: z.undefined().optional(),
})
type Claims = z.infer<typeof Claims>

const UserName = z.string().min(1).max(255).refine(isStorable)

const userOf = (claims: Claims, name: string): string => {
  // Where anybody may claim to have any address, it names nobody.
  if (name === 'email' && claims['email_verified'] !== true) throw new TypeError('The address is not verified.')
  return UserName.parse(Object.hasOwn(claims, name) ? claims[name] : undefined)
}

const Scopes = z.union([z.string().transform((text) => text.split(' ')), z.array(z.string())]).default([])

const scopesOf = (claims: Claims, name: string | null): ReadonlySet<string> => {
  if (name === null) return new Set(USER_TOKEN_SCOPES)
  const granted = new Set(Scopes.parse(Object.hasOwn(claims, name) ? claims[name] : undefined))
  return new Set(USER_TOKEN_SCOPES.filter((scope) => granted.has(scope)))
}

/** What a token was found to say, and by which key. */
interface Verified {
  readonly identity: OidcIdentity
  readonly alg: Algorithm
  readonly kid: string
  readonly key: KeyObject
}

export const createOidcTokens = (settings: OidcSettings, keys: IssuerKeys): OidcTokens => {
  const { issuer, audience, userClaim, scopeClaim } = settings
  const good = createRecentlyUsed<Verified>(REMEMBERED_TOKENS)

  const check = async (token: string): Promise<Verified> => {
    const { alg, kid } = Header.parse(decodeProtectedHeader(token))
    const key = await keys.find(alg, kid)
    if (key === null) throw new errors.JWKSNoMatchingKey()
    const { payload } = await jwtVerify(token, key, {
      algorithms: [...ALGORITHMS],
      issuer,
      audience,
      clockTolerance: CLOCK_SKEW_SECONDS,
      requiredClaims: ['exp'],
    })
    const claims = Claims.parse(payload)
    if (claims.iat !== undefined && claims.iat > Date.now() / 1000 + CLOCK_SKEW_SECONDS) {
      throw new TypeError('The token is from the future.')
    }
    const identity = {
      externalId: userOf(claims, userClaim),
      scopes: scopesOf(claims, scopeClaim),
      expiresAt: new Date((claims.exp + CLOCK_SKEW_SECONDS) * 1000),
    }
    return { identity, alg, kid, key }
  }

  /** Found good before, not over yet, and by a key that the issuer has still. */
  const isStillGood = async ({ identity, alg, kid, key }: Verified): Promise<boolean> =>
    !hasEnded(identity.expiresAt.getTime() / 1000) && (await keys.find(alg, kid)) === key

  return {
    verify: async (token) => {
      if (!isCompactJws(token)) throw refuseToken()
      const fingerprint = hash('sha256', token)
      const known = good.get(fingerprint)
      try {
        if (known !== undefined && (await isStillGood(known))) return known.identity
        const verified = await check(token)
        good.set(fingerprint, verified)
        return verified.identity
      } catch (error) {
        if (error instanceof GatewayError) throw error
        throw error instanceof errors.JWTExpired ? refuseExpired(error) : refuseToken(error)
      }
    },
  }
}
