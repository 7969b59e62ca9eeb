import { createPublicKey } from 'node:crypto'
import { errors, type JWK, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { StatementKey } from '../domain/statement-key.ts'
import type { RootKey } from './root-key.ts'
import { toSigningKey } from './user-tokens.ts'

/** Keeps an endorsement from being taken for anything else that the same key signs. */
const TYPE = 'statement-key+jwt'

/** What is said of a key that signs no more. */
export interface EndorsedKey extends StatementKey {
  /** Nothing that is dated later is its own. */
  readonly usedUntil: Date
  /** When the operator took trust in it away; null while it is trusted. */
  readonly revokedAt: Date | null
}

const Claims = z.object({
  sub: z.string(),
  x: z.string(),
  usedUntil: z.iso.datetime().transform((text) => new Date(text)),
  revokedAt: z.iso
    .datetime()
    .transform((text) => new Date(text))
    .nullable(),
})

export const publicHalfOf = (root: RootKey): StatementKey => ({
  id: root.id,
  publicKey: createPublicKey(toSigningKey(root)).export({ format: 'jwk' }).x ?? '',
})

/** RFC 8037, section 2. */
export const toPublicJwk = ({ id, publicKey }: StatementKey): JWK => ({
  kty: 'OKP',
  crv: 'Ed25519',
  x: publicKey,
  kid: id,
  use: 'sig',
  alg: 'EdDSA',
})

export const isSameKey = (one: StatementKey, other: StatementKey): boolean =>
  one.id === other.id && one.publicKey === other.publicKey

/** Only ever of a key that the endorser's process has itself, or that another key of its list vouches for: never of a bare row. */
export const endorse = (endorser: RootKey, { id, publicKey, usedUntil, revokedAt }: EndorsedKey): Promise<string> =>
  new SignJWT({
    x: publicKey,
    usedUntil: usedUntil.toISOString(),
    revokedAt: revokedAt?.toISOString() ?? null,
  })
    .setProtectedHeader({ alg: 'EdDSA', kid: endorser.id, typ: TYPE })
    .setSubject(id)
    .sign(toSigningKey(endorser))

/** Null for what none of these keys has signed, or signed as something else, or of itself. */
export const readEndorsement = async (
  statement: string,
  endorsers: JWTVerifyGetKey,
): Promise<(EndorsedKey & { readonly endorserId: string }) | null> => {
  try {
    const { payload, protectedHeader } = await jwtVerify(statement, endorsers, { algorithms: ['EdDSA'], typ: TYPE })
    const { sub, x, usedUntil, revokedAt } = Claims.parse(payload)
    const { kid: endorserId = '' } = protectedHeader
    return endorserId === sub ? null : { id: sub, publicKey: x, usedUntil, revokedAt, endorserId }
  } catch (error) {
    // What does not verify vouches for nothing, whoever put it there.
    if (error instanceof errors.JOSEError || error instanceof z.ZodError) return null
    throw error
  }
}
