import { SignJWT } from 'jose'
import type { ApiClient } from '../domain/api-client.ts'
import type { Consent, ConsentAccess } from '../domain/consent.ts'
import { toInstitutionId } from '../domain/institution.ts'
import type { RootKeys } from './root-key.ts'
import { toSigningKey } from './user-tokens.ts'

/** What was agreed on, for the person to keep. Null for a consent that was never given. */
export type ConsentReceipt = (consent: Consent, client: ApiClient) => Promise<string | null>

/** `typ` keeps it from being taken for a token. */
const TYPE = 'consent-receipt+jwt'

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000)
const instant = (at: Date | null): string | null => at?.toISOString() ?? null

const toAccess = ({ validFrom, validUntil, ...access }: ConsentAccess) => ({
  ...access,
  validFrom: instant(validFrom),
  validUntil: instant(validUntil),
})

const describe = (consent: Consent, client: ApiClient) => ({
  id: consent.id,
  version: consent.version,
  status: consent.status,
  statusReason: consent.statusReason,
  provider: consent.provider,
  institution:
    consent.institutionRef === null
      ? null
      : toInstitutionId({ provider: consent.provider, ref: consent.institutionRef }),
  receiver: { id: client.id, name: client.name },
  access: toAccess(consent.access ?? consent.requestedAccess),
  authorizedAt: instant(consent.authorizedAt),
  expiresAt: instant(consent.expiresAt),
  revokedAt: instant(consent.revokedAt),
  renewedFrom: consent.renewedFrom,
  supersededBy: consent.supersededBy,
})

/**
 * A JWS of the claims `iss`, `sub` (our id of the user), `iat` (when this version came to be) and `consent`, signed with the
 * keys that are published for user tokens. One version has one receipt, whenever it is asked for: Ed25519 signs the same
 * bytes the same way.
 *
 * @param issuer the `iss` of everything signed here
 */
export const createConsentReceipts = ([current]: RootKeys, issuer: string): ConsentReceipt => {
  const key = toSigningKey(current)
  return async (consent, client) => {
    if (consent.authorizedAt === null) return null
    return new SignJWT({ consent: describe(consent, client) })
      .setProtectedHeader({ alg: 'EdDSA', kid: current.id, typ: TYPE })
      .setIssuer(issuer)
      .setSubject(consent.userId)
      .setIssuedAt(seconds(consent.updatedAt))
      .sign(key)
  }
}
