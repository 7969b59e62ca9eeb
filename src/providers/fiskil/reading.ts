import { GatewayError } from '../../domain/errors.ts'
import type { CallContext, ConsentKey, ProviderAccount, ProviderConsent } from '../../domain/provider.ts'
import type { FiskilClient } from './client.ts'
import { toAccount, toProviderConsent, toStatement } from './mapping.ts'
import type { FiskilConsent } from './wire.ts'

const withoutEndUser = (): GatewayError =>
  new GatewayError('INTERNAL', { cause: new Error('a consent without end user') })

const notListed = (): GatewayError =>
  new GatewayError('PROVIDER_REJECTED', { message: 'Fiskil does not list this consent.' })

type Listed = ReadonlyMap<string, FiskilConsent> | GatewayError

const listBy = async (client: FiskilClient, endUserId: string, call: CallContext): Promise<Listed> => {
  try {
    const consents = await client.listConsents(endUserId, call)
    return new Map(consents.map((consent) => [consent.arrangementId, consent]))
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
}

/** One list for each end user, however many consents are asked for. */
export const readConsents = async (
  client: FiskilClient,
  keys: readonly ConsentKey[],
  now: Date,
  call: CallContext,
): Promise<readonly (ProviderConsent | GatewayError)[]> => {
  const lists = new Map<string, Promise<Listed>>()
  const listOf = (endUserId: string): Promise<Listed> => {
    const known = lists.get(endUserId) ?? listBy(client, endUserId, call)
    lists.set(endUserId, known)
    return known
  }
  return await Promise.all(
    keys.map(async ({ user, providerConsentId }) => {
      if (user === null) return withoutEndUser()
      const listed = await listOf(user.ref)
      if (listed instanceof GatewayError) return listed
      const consent = listed.get(providerConsentId)
      return consent === undefined ? notListed() : toProviderConsent(consent, now)
    }),
  )
}

/** 204 for an ended or unknown one too. A refusal counts where the consent has ended all the same. */
export const revokeConsent = async (
  client: FiskilClient,
  key: ConsentKey,
  now: Date,
  call: CallContext,
): Promise<ProviderConsent> => {
  const { providerConsentId } = key
  try {
    await client.revokeConsent(providerConsentId, call)
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'PROVIDER_REJECTED') throw error
    const [read] = await readConsents(client, [key], now, call)
    if (read === undefined || read instanceof GatewayError) throw error
    if (read.status !== 'REVOKED' && read.status !== 'EXPIRED') throw error
    return read
  }
  return toStatement(providerConsentId, { status: 'REVOKED', reason: 'REVOKED_BY_CLIENT' }, null)
}

/** Empty until Fiskil has collected them, some time after the consent. */
export const listAccounts = async (
  client: FiskilClient,
  key: ConsentKey,
  call: CallContext,
): Promise<readonly ProviderAccount[]> => {
  if (key.user === null) throw withoutEndUser()
  const accounts = await client.listAccounts(key.user.ref, call)
  return accounts.filter(({ arrangement_id: of }) => of === key.providerConsentId).map(toAccount)
}
