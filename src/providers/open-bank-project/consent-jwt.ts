import { isAscii } from 'node:buffer'
import { z } from 'zod'

/** The last second that a `Date` can hold. */
const seconds = z.int().min(0).max(8_640_000_000_000)

const view = z.object({ bank_id: z.string(), account_id: z.string(), view_id: z.string() })
const entitlement = z.object({ bank_id: z.string(), role_name: z.string() })

const payload = z.compile(
  z.object({
    jti: z.string().optional(),
    aud: z.union([z.string(), z.array(z.string())]).nullish(),
    iat: seconds.optional(),
    nbf: seconds.optional(),
    exp: seconds.optional(),
    views: z.array(view).nullish(),
    entitlements: z.array(entitlement).nullish(),
  }),
)

export type View = z.infer<typeof view>
export type Entitlement = z.infer<typeof entitlement>

/** What the server wrote into a consent. Instants are in epoch seconds. */
export interface ConsentClaims {
  /** Equals the consent's id. */
  readonly id: string | null
  /** Ids of the consumers that may use the consent. */
  readonly audience: readonly string[]
  readonly issuedAt: number | null
  readonly notBefore: number | null
  readonly expiresAt: number | null
  readonly views: readonly View[]
  readonly entitlements: readonly Entitlement[]
}

const MAX_CHARACTERS = 1_048_576
const COMPACT_JWS = /^[\w-]+\.([\w-]+)\.[\w-]*$/

const utf8 = new TextDecoder('utf-8', { fatal: true })

const parseJson = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(isAscii(bytes) ? bytes.toString('latin1') : utf8.decode(bytes))
  } catch {
    // Neither text nor JSON: the caller says so, without quoting it.
    return undefined
  }
}

/** How a segment may end, by its length beyond whole groups of four: with no bits that mean nothing (RFC 4648, 3.5). */
const LAST_CHARACTERS = [null, '', 'AQgw', 'AEIMQUYcgkosw048'] as const

/** One spelling for one content: Node also takes stray bits at the end. */
const isCanonical = (segment: string): boolean =>
  LAST_CHARACTERS[segment.length % 4]?.includes(segment.charAt(segment.length - 1)) ?? true

/**
 * Reads the claims without verifying them: each consent has its own HS256 secret, which never leaves the server. So they
 * say when a consent ends and what it covers, and decide nothing about anybody's rights. Null for what is no such JWT.
 */
export const parseConsentJwt = (jwt: string): ConsentClaims | null => {
  const segment = jwt.length > MAX_CHARACTERS ? undefined : COMPACT_JWS.exec(jwt)?.[1]
  if (segment === undefined || !isCanonical(segment)) return null
  const claims = payload.safeParse(parseJson(Buffer.from(segment, 'base64url')))
  if (!claims.success) return null
  const { jti, aud, iat, nbf, exp, views, entitlements } = claims.data
  return {
    id: jti ?? null,
    audience: typeof aud === 'string' ? [aud] : (aud ?? []),
    issuedAt: iat ?? null,
    notBefore: nbf ?? null,
    expiresAt: exp ?? null,
    views: views ?? [],
    entitlements: entitlements ?? [],
  }
}
