import type { Selectable } from 'kysely'
import type { Consent } from '../../domain/consent.ts'
import type { Sealer } from '../../domain/sealing.ts'
import type { StoredConsent } from '../../domain/store.ts'
import type { ConsentTable } from '../schema.ts'
import {
  mapNullable,
  parseAccess,
  parseProviderStatus,
  parseRevocation,
  parseSecrets,
  toDocument,
  toInstant,
  toMillis,
} from './document.ts'
import { columnsOf, sealColumn, word, wordOrNull } from './row.ts'

export const CONSENT_COLUMNS = columnsOf<ConsentTable>({
  id: true,
  client_id: true,
  user_id: true,
  provider: true,
  institution_ref: true,
  status: true,
  status_reason: true,
  provider_status: true,
  version: true,
  provider_consent_id: true,
  secrets: true,
  requested_access: true,
  access: true,
  created_at: true,
  updated_at: true,
  authorized_at: true,
  expires_at: true,
  revoked_at: true,
  renewed_from: true,
  superseded_by: true,
  revocation: true,
  revocation_state: true,
  current_session_id: true,
  webhook_endpoint_id: true,
  seen_at: true,
})

export const createConsentRows = (sealer: Sealer) => {
  const secrets = sealColumn(sealer, 'consents', 'secrets')
  return {
    /** `seen_at` is not the consent's to change. */
    toRow: (consent: Consent): ConsentTable => ({
      id: consent.id,
      client_id: consent.clientId,
      user_id: consent.userId,
      provider: consent.provider,
      institution_ref: consent.institutionRef,
      status: consent.status,
      status_reason: consent.statusReason,
      provider_status: mapNullable(consent.providerStatus, toDocument),
      version: consent.version,
      provider_consent_id: consent.providerConsentId,
      secrets: mapNullable(consent.secrets, (value) => secrets.seal(value, consent.id)),
      requested_access: toDocument(consent.requestedAccess),
      access: mapNullable(consent.access, toDocument),
      created_at: consent.createdAt.getTime(),
      updated_at: consent.updatedAt.getTime(),
      authorized_at: toMillis(consent.authorizedAt),
      expires_at: toMillis(consent.expiresAt),
      revoked_at: toMillis(consent.revokedAt),
      renewed_from: consent.renewedFrom,
      superseded_by: consent.supersededBy,
      revocation: mapNullable(consent.revocation, toDocument),
      revocation_state: consent.revocation?.state ?? null,
      current_session_id: consent.currentSessionId,
      webhook_endpoint_id: consent.webhookEndpointId,
      seen_at: null,
    }),
    /** What most reads have no use for is opened and parsed where it is asked for: `secrets` throws what `Sealer.open` does. */
    toConsent: (row: Selectable<ConsentTable>, seenAt: Date | null): StoredConsent => ({
      id: word(row.id),
      clientId: word(row.client_id),
      userId: word(row.user_id),
      provider: word(row.provider),
      institutionRef: row.institution_ref,
      status: word(row.status),
      statusReason: wordOrNull(row.status_reason),
      providerStatus: mapNullable(row.provider_status, parseProviderStatus),
      version: row.version,
      providerConsentId: row.provider_consent_id,
      get secrets() {
        return mapNullable(row.secrets, (sealed) => parseSecrets(secrets.open(sealed, row.id)))
      },
      get requestedAccess() {
        return parseAccess(row.requested_access)
      },
      access: mapNullable(row.access, parseAccess),
      createdAt: new Date(row.created_at),
      updatedAt: new Date(row.updated_at),
      authorizedAt: toInstant(row.authorized_at),
      expiresAt: toInstant(row.expires_at),
      revokedAt: toInstant(row.revoked_at),
      renewedFrom: wordOrNull(row.renewed_from),
      supersededBy: wordOrNull(row.superseded_by),
      revocation: mapNullable(row.revocation, parseRevocation),
      currentSessionId: wordOrNull(row.current_session_id),
      webhookEndpointId: wordOrNull(row.webhook_endpoint_id),
      seenAt,
    }),
  }
}
