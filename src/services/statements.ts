import { SignJWT } from 'jose'
import type { RootKeys } from './root-key.ts'
import { toSigningKey } from './user-tokens.ts'

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
 */
export const createStatements = ([current]: RootKeys, issuer: string): SignStatement => {
  const key = toSigningKey(current)
  return ({ type, subject, at, claims }) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'EdDSA', kid: current.id, typ: type })
      .setIssuer(issuer)
      .setSubject(subject)
      .setIssuedAt(Math.floor(at.getTime() / 1000))
      .sign(key)
}

/** As statements write instants. */
export const toText = (at: Date | null): string | null => at?.toISOString() ?? null
