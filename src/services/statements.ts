import { SignJWT } from 'jose'
import type { RootKeys } from './root-key.ts'
import { toSigningKey } from './user-tokens.ts'

/** Kinds of what a gateway signs, as their `typ` says. */
export const STATEMENT_TYPES = { RECEIPT: 'consent-receipt+jwt', ERASURE_PROOF: 'erasure-proof+jwt' } as const

/** What this gateway says of itself and signs, for somebody to keep: a compact JWS. */
export type SignStatement = (statement: {
  /** Its `typ`, which keeps it from being taken for a token or for another kind of statement. */
  readonly type: string
  readonly subject: string
  /** When what it says came to be, not when it is signed: asked for again, it is the same to the byte. */
  readonly at: Date
  readonly claims: Readonly<Record<string, unknown>>
}) => Promise<string>

/**
 * Signs with the keys that are published for user tokens.
 *
 * @param issuer the `iss` of everything signed here
 * @param use resolves once the key's use is on record: nothing is signed before, so that whoever keeps it finds its key
 */
export const createStatements = ([current]: RootKeys, issuer: string, use: () => Promise<void>): SignStatement => {
  const key = toSigningKey(current)
  return async ({ type, subject, at, claims }) => {
    await use()
    return await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'EdDSA', kid: current.id, typ: type })
      .setIssuer(issuer)
      .setSubject(subject)
      .setIssuedAt(Math.floor(at.getTime() / 1000))
      .sign(key)
  }
}

/** As statements write instants. */
export const toText = (at: Date | null): string | null => at?.toISOString() ?? null
