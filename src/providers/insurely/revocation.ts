import { isFinalConsent } from '../../domain/consent.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { CallContext, ProviderConsent } from '../../domain/provider.ts'
import type { ConsentRef, InsurelyClient } from './client.ts'
import { toProviderConsent } from './mapping.ts'

const toEnded = (consentId: string, detail: string | null = null): ProviderConsent => ({
  providerConsentId: consentId,
  status: 'REVOKED',
  raw: null,
  detail,
  reason: null,
  expiresAt: null,
  access: null,
  secrets: null,
})

const isEnded = ({ status }: ProviderConsent): boolean => status !== null && isFinalConsent(status)

/** A refusal or a loss that says nothing of the provider's health. */
const isRefusal = (error: unknown): error is GatewayError =>
  error instanceof GatewayError && (error.code === 'PROVIDER_REJECTED' || error.code === 'OUTCOME_UNKNOWN')

/**
 * Ends a consent, authorized or not. What DELETE says to one that has ended is not documented, and a lost answer says
 * nothing: the customer's own list decides. Ended there, or not in it, it is over; else the first fault stands.
 */
export const endConsent = async (
  client: InsurelyClient,
  ref: ConsentRef,
  call: CallContext,
): Promise<ProviderConsent> => {
  const { consentId, userRef } = ref
  try {
    const answer = await client.deleteConsent(ref, call)
    const consent = answer === null ? toEnded(consentId) : toProviderConsent(answer, answer.error?.code ?? null)
    if (isEnded(consent)) return consent
    throw new GatewayError('OUTCOME_UNKNOWN', { cause: new Error('deleted, and yet not ended by its status') })
  } catch (error) {
    if (!isRefusal(error)) throw error
    const listed = await client.listConsents(userRef, call).catch(() => {
      // The first error says more.
      throw error
    })
    const found = listed.find((one) => one.consentId === consentId)
    if (found === undefined) return toEnded(consentId, error.providerCode)
    const consent = toProviderConsent(found)
    if (isEnded(consent)) return consent
    throw error
  }
}
