import type { ApiClient } from '../domain/api-client.ts'
import type { Consent, ConsentAccess } from '../domain/consent.ts'
import { toInstitutionId } from '../domain/institution.ts'
import { type SignStatement, STATEMENT_TYPES, toText } from './statements.ts'

/** What was agreed on, for the person to keep. Null for a consent that was never given. */
export type ConsentReceipt = (consent: Consent, client: ApiClient) => Promise<string | null>

const toAccess = ({ validFrom, validUntil, ...access }: ConsentAccess) => ({
  ...access,
  validFrom: toText(validFrom),
  validUntil: toText(validUntil),
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
  authorizedAt: toText(consent.authorizedAt),
  expiresAt: toText(consent.expiresAt),
  revokedAt: toText(consent.revokedAt),
  renewedFrom: consent.renewedFrom,
  supersededBy: consent.supersededBy,
})

/** The claim `consent`, of the version that it has: one version has one receipt. */
export const createConsentReceipts =
  (sign: SignStatement): ConsentReceipt =>
  async (consent, client) =>
    consent.authorizedAt === null
      ? null
      : await sign({
          type: STATEMENT_TYPES.RECEIPT,
          subject: consent.userId,
          at: consent.updatedAt,
          claims: { consent: describe(consent, client) },
        })
