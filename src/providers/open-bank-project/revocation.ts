import { isFinalConsent } from '../../domain/consent.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { CallContext, ProviderConsent } from '../../domain/provider.ts'
import type { Credential } from './auth.ts'
import type { ConsentRef, ObpClient } from './client.ts'
import { hasObpCode } from './faults.ts'
import { toStatus } from './mapping.ts'

const toEnded = (consentId: string, raw: string | null, detail: string | null = null): ProviderConsent => ({
  providerConsentId: consentId,
  status: (raw === null ? null : toStatus(raw)?.status) ?? 'REVOKED',
  raw,
  detail,
  reason: null,
  expiresAt: null,
  access: null,
  secrets: null,
})

const hasEnded = (word: string): boolean => {
  const status = toStatus(word)?.status
  return status !== undefined && isFinalConsent(status)
}

/**
 * Ends a consent. Sent once: the server revokes by GET, and a second time is an error there. Already revoked and unknown
 * (deleted, or of a user that is not the one configured now) count as ended. Where the answer is lost, the list decides
 * within the same call; the loss stands where it still shows the consent alive, or cannot be read.
 */
export const revokeConsent = async (
  client: ObpClient,
  who: Credential,
  { bankId, consentId }: ConsentRef,
  call: CallContext,
): Promise<ProviderConsent> => {
  try {
    const { status } = await client.revokeConsent(who, { bankId, consentId }, call)
    if (hasEnded(status)) return toEnded(consentId, status)
    throw new GatewayError('OUTCOME_UNKNOWN', { cause: new Error('revoked, and yet not ended by its status') })
  } catch (error) {
    if (hasObpCode(error, '35012')) return toEnded(consentId, 'REVOKED', error.providerCode)
    if (hasObpCode(error, '35001')) return toEnded(consentId, null, error.providerCode)
    if (!(error instanceof GatewayError) || error.code !== 'OUTCOME_UNKNOWN') throw error
    const listed = await client.listConsents(who, bankId, call).catch(() => {
      // The first error says more: the consent may be revoked or not.
      throw error
    })
    const found = listed.find(({ consent_id: id }) => id === consentId)
    if (found === undefined || !hasEnded(found.status)) throw error
    return toEnded(consentId, found.status)
  }
}
