import { createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { hasRocaWeakness } from './roca.ts'

/** The only ones that are verified: what a header names is looked for in here, never the other way round. */
export const ALGORITHMS = ['EdDSA', 'ES256', 'RS256', 'PS256'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

export const isAlgorithm = (name: unknown): name is Algorithm => ALGORITHMS.some((algorithm) => algorithm === name)

const NAMED = {
  kid: z.string().min(1).max(255),
  use: z.string().optional(),
  key_ops: z.array(z.string()).optional(),
  alg: z.string().optional(),
}

/** RFC 7517. Members that this does not name are dropped, private ones first of all. */
const Jwk = z.discriminatedUnion('kty', [
  z.object({ ...NAMED, kty: z.literal('RSA'), n: z.string(), e: z.string() }),
  z.object({ ...NAMED, kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() }),
  z.object({ ...NAMED, kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() }),
])
type Jwk = z.infer<typeof Jwk>

/** What a key of each kind can verify. */
const ALGORITHMS_OF = {
  RSA: ['RS256', 'PS256'],
  EC: ['ES256'],
  OKP: ['EdDSA'],
} as const satisfies Record<Jwk['kty'], readonly Algorithm[]>

const JwkSet = z.object({ keys: z.array(z.unknown()).max(100) })

const MIN_RSA_BITS = 2048
/** A larger one only costs: each verification takes longer. */
const MAX_RSA_BITS = 8192
/** FIPS 186-5, 5.4 (e): an odd number above 2^16. With 1, anybody signs. */
const MIN_RSA_EXPONENT = 65_537n

const isStrongRsa = (key: KeyObject, n: string): boolean => {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  return (
    modulusLength >= MIN_RSA_BITS &&
    modulusLength <= MAX_RSA_BITS &&
    publicExponent >= MIN_RSA_EXPONENT &&
    publicExponent % 2n === 1n &&
    !hasRocaWeakness(BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`))
  )
}

const toKey = (jwk: Jwk): KeyObject | null => {
  const { kid: _kid, use: _use, key_ops: _operations, alg: _algorithm, ...material } = jwk
  try {
    const key = createPublicKey({ key: material, format: 'jwk' })
    return material.kty !== 'RSA' || isStrongRsa(key, material.n) ? key : null
  } catch {
    // Not a key, or no point of its curve: one of the set that cannot be used.
    return null
  }
}

/** By algorithm and id. */
export type VerificationKeys = ReadonlyMap<string, KeyObject>

export const nameOf = (algorithm: Algorithm, keyId: string): string => `${algorithm} ${keyId}`

/**
 * The keys of a JWK Set that may verify signatures; others, weak and malformed ones are left out.
 *
 * @throws ZodError for what is no JWK Set at all
 */
export const parseVerificationKeys = (document: unknown): VerificationKeys => {
  const keys = new Map<string, KeyObject>()
  for (const entry of JwkSet.parse(document).keys) {
    const { data: jwk } = Jwk.safeParse(entry)
    if (jwk === undefined) continue
    if (jwk.use !== undefined && jwk.use !== 'sig') continue
    if (jwk.key_ops !== undefined && !jwk.key_ops.includes('verify')) continue
    const algorithms = ALGORITHMS_OF[jwk.kty].filter((algorithm) => jwk.alg === undefined || jwk.alg === algorithm)
    const key = algorithms.length === 0 ? null : toKey(jwk)
    if (key === null) continue
    for (const algorithm of algorithms) {
      const name = nameOf(algorithm, jwk.kid)
      if (!keys.has(name)) keys.set(name, key)
    }
  }
  return keys
}
