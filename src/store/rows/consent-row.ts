import type { Selectable } from 'kysely'
import type { Consent } from '../../domain/consent.ts'
import type { ClientId, ConsentId, UserId } from '../../domain/ids.ts'
import type { ProviderId } from '../../domain/provider-id.ts'
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
import { ownGetters } from './own-getters.ts'
import { type ColumnSeal, columnsOf, sealColumn, word, wordOrNull } from './row.ts'

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

class ReadConsent implements StoredConsent {
  readonly id: ConsentId
  readonly clientId: ClientId
  readonly userId: UserId
  readonly provider: ProviderId
  readonly institutionRef: string | null
  readonly status: StoredConsent['status']
  readonly statusReason: StoredConsent['statusReason']
  readonly providerStatus: StoredConsent['providerStatus']
  readonly version: number
  readonly providerConsentId: string | null
  /** Throws what `Sealer.open` does. */
  declare readonly secrets: StoredConsent['secrets']
  declare readonly requestedAccess: StoredConsent['requestedAccess']
  readonly access: StoredConsent['access']
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly authorizedAt: Date | null
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  readonly renewedFrom: StoredConsent['renewedFrom']
  readonly supersededBy: StoredConsent['supersededBy']
  readonly revocation: StoredConsent['revocation']
  readonly currentSessionId: StoredConsent['currentSessionId']
  readonly webhookEndpointId: StoredConsent['webhookEndpointId']
  readonly seenAt: Date | null
  readonly #row: Selectable<ConsentTable>
  readonly #sealed: ColumnSeal

  constructor(row: Selectable<ConsentTable>, seenAt: Date | null, sealed: ColumnSeal) {
    this.id = word(row.id)
    this.clientId = word(row.client_id)
    this.userId = word(row.user_id)
    this.provider = word(row.provider)
    this.institutionRef = row.institution_ref
    this.status = word(row.status)
    this.statusReason = wordOrNull(row.status_reason)
    this.providerStatus = mapNullable(row.provider_status, parseProviderStatus)
    this.version = row.version
    this.providerConsentId = row.provider_consent_id
    this.access = mapNullable(row.access, parseAccess)
    this.createdAt = new Date(row.created_at)
    this.updatedAt = new Date(row.updated_at)
    this.authorizedAt = toInstant(row.authorized_at)
    this.expiresAt = toInstant(row.expires_at)
    this.revokedAt = toInstant(row.revoked_at)
    this.renewedFrom = wordOrNull(row.renewed_from)
    this.supersededBy = wordOrNull(row.superseded_by)
    this.revocation = mapNullable(row.revocation, parseRevocation)
    this.currentSessionId = wordOrNull(row.current_session_id)
    this.webhookEndpointId = wordOrNull(row.webhook_endpoint_id)
    this.seenAt = seenAt
    this.#row = row
    this.#sealed = sealed
    Object.defineProperties(this, ReadConsent.#getters)
  }

  /** What most reads have no use for is opened and parsed where it is asked for. */
  static readonly #getters = ownGetters<ReadConsent>({
    secrets() {
      return mapNullable(this.#row.secrets, (text) => parseSecrets(this.#sealed.open(text, this.#row.id)))
    },
    requestedAccess() {
      return parseAccess(this.#row.requested_access)
    },
  })
}

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
    toConsent: (row: Selectable<ConsentTable>, seenAt: Date | null): StoredConsent =>
      new ReadConsent(row, seenAt, secrets),
  }
}
