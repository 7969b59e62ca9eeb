import { GatewayError } from '../../domain/errors.ts'
import type { CallContext, ConsentKey, ProviderConsent } from '../../domain/provider.ts'
import type { InsurelyClient } from './client.ts'
import { toMeaning, toProviderConsent } from './mapping.ts'
import type { ListedConsent } from './wire.ts'

const orFault = async <T>(work: () => Promise<T>): Promise<T | GatewayError> => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
}

/** @throws GatewayError INTERNAL for a consent whose user was never made */
export const requireUserRef = ({ user }: Pick<ConsentKey, 'user'>): string => {
  if (user === null) throw new GatewayError('INTERNAL', { cause: new Error('a consent without its user at Insurely') })
  return user.ref
}

const notListed = (): GatewayError =>
  new GatewayError('PROVIDER_REJECTED', { message: 'Insurely no longer lists this consent.' })

/** One list by API key serves all consents of a user. Only the status says why one FAILED, so that is asked for, too. */
export const readConsents = async (
  client: InsurelyClient,
  keys: readonly ConsentKey[],
  call: CallContext,
): Promise<readonly (ProviderConsent | GatewayError)[]> => {
  // Asked for and parsed once, however many consents a user has.
  const lists = new Map<string, Promise<readonly ListedConsent[]>>()
  const listOnce = (userRef: string): Promise<readonly ListedConsent[]> => {
    const asked = lists.get(userRef) ?? client.listConsents(userRef, call)
    lists.set(userRef, asked)
    return asked
  }

  const readOne = async (key: ConsentKey): Promise<ProviderConsent> => {
    const userRef = requireUserRef(key)
    const listed = (await listOnce(userRef)).find(({ consentId }) => consentId === key.providerConsentId)
    if (listed === undefined) throw notListed()
    if (toMeaning(listed.status)?.status !== 'FAILED') return toProviderConsent(listed)
    if (key.user !== null) client.sessions.seed(key.user)
    const { consentId, company } = listed
    const answer = await client.consentStatus({ userRef, consentId, company: company ?? null }, call)
    return toProviderConsent(answer, answer.error?.code ?? null)
  }

  return await Promise.all(keys.map((key) => orFault(() => readOne(key))))
}
