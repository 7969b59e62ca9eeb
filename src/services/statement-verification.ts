import {
  compactVerify,
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  importJWK,
  type JWK,
  type JWTPayload,
} from 'jose'
import { z } from 'zod'
import { isCompactJws } from './compact-jws.ts'
import { readEndorsement } from './statement-endorsement.ts'
import { STATEMENT_TYPES } from './statements.ts'

export type StatementVerdict =
  | {
      readonly valid: true
      readonly type: string
      readonly keyId: string
      /** RETIRED: another key vouches for it. */
      readonly key: 'CURRENT' | 'RETIRED'
      readonly usedUntil: Date | null
      readonly claims: Readonly<Record<string, unknown>>
    }
  | { readonly valid: false; readonly fault: string }

const Jwk = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), kid: z.string(), x: z.string() })
const Retired = Jwk.extend({ endorsement: z.string().optional() })
const Published = z.object({ keys: z.array(Retired), revoked: z.array(Retired).default([]) })
/** Keys of other kinds are none of ours. */
const Current = z.object({ keys: z.array(z.looseObject({ kid: z.string().optional(), x: z.string().optional() })) })

const refuse = (fault: string): StatementVerdict => ({ valid: false, fault })

/** Its claims; null where the signature is not of that key. */
const open = async (statement: string, key: JWK): Promise<JWTPayload | null> => {
  try {
    await compactVerify(statement, await importJWK({ ...key, alg: 'EdDSA' }), { algorithms: ['EdDSA'] })
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return null
    throw error
  }
  return await decodeJwt(statement)
}

const typeOf = (statement: string): { readonly type: string; readonly keyId: string } | null => {
  if (!isCompactJws(statement)) return null
  try {
    const { typ = '', kid = '', alg } = decodeProtectedHeader(statement)
    const known: readonly string[] = Object.values(STATEMENT_TYPES)
    return known.includes(typ) && alg === 'EdDSA' ? { type: typ, keyId: kid } : null
  } catch {
    // No header of anybody's.
    return null
  }
}

/**
 * Checks a receipt or a proof of erasure, however old. Believed are the keys that the gateway signs tokens with now, and those
 * that one of them vouches for: a list that somebody else wrote into has no such word for a key.
 *
 * @param published what is at `/.well-known/statement-keys.json`
 * @param current what is at `/.well-known/jwks.json`
 * @throws ZodError where these are no sets of keys
 */
export const verifyStatement = async (
  statement: string,
  published: unknown,
  current: unknown,
): Promise<StatementVerdict> => {
  const named = typeOf(statement)
  if (named === null) return refuse('This is no receipt and no proof of erasure of a gateway.')
  const { type, keyId } = named
  const { keys, revoked } = Published.parse(published)
  const trusted = Current.parse(current).keys
  if (revoked.some(({ kid }) => kid === keyId))
    return refuse(
      `Key "${keyId}" was revoked: somebody else may have had it, and nothing that it signed proves anything.`,
    )
  const endorsers = createLocalJWKSet({ keys: trusted as JWK[] })
  let fault = `The gateway publishes no key "${keyId}".`
  for (const key of keys.filter(({ kid }) => kid === keyId)) {
    const isCurrent = trusted.some(({ kid, x }) => kid === key.kid && x === key.x)
    const said = isCurrent ? null : await readEndorsement(key.endorsement ?? '', endorsers)
    const isVouchedFor = said !== null && said.id === key.kid && said.publicKey === key.x && said.revokedAt === null
    const claims = await open(statement, key)
    const usedUntil = said?.usedUntil ?? null
    if (!isCurrent && !isVouchedFor) fault = `No current key of the gateway vouches for key "${keyId}".`
    else if (claims === null) fault = `The signature is not that of key "${keyId}".`
    else if (usedUntil !== null && (claims.iat === undefined || claims.iat * 1000 > usedUntil.getTime()))
      fault = `Key "${keyId}" was used until ${usedUntil.toISOString()}, and this is dated later.`
    else return { valid: true, type, keyId, key: isCurrent ? 'CURRENT' : 'RETIRED', usedUntil, claims }
  }
  return refuse(fault)
}
