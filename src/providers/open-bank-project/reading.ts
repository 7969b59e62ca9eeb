import { GatewayError } from '../../domain/errors.ts'
import type { CallContext, ConsentKey, ProviderConsent } from '../../domain/provider.ts'
import type { Credential } from './auth.ts'
import { pickConsent } from './authorization.ts'
import type { ObpClient } from './client.ts'
import { parseConsentJwt } from './consent-jwt.ts'
import { toProviderConsent } from './provider-consent.ts'
import { type ConsentSecrets, parseConsentSecrets } from './sealed.ts'
import type { ListedObpConsent } from './wire.ts'

/** A key with what its secrets hold. */
export interface OpenKey {
  readonly consentId: string
  readonly bankId: string
  readonly kept: ConsentSecrets
}

/** @throws GatewayError INTERNAL for a key that this connector did not make */
export const openKey = ({ providerConsentId, secrets }: ConsentKey): OpenKey => {
  if (secrets === null) throw new GatewayError('INTERNAL', { cause: new Error('a consent without its secrets') })
  const kept = parseConsentSecrets(secrets)
  return { consentId: providerConsentId, bankId: kept.bankId, kept }
}

const toFault = (error: unknown): GatewayError => {
  if (error instanceof GatewayError) return error
  throw error
}

const openOrFault = (key: ConsentKey): OpenKey | GatewayError => {
  try {
    return openKey(key)
  } catch (error) {
    return toFault(error)
  }
}

type Consents = readonly ListedObpConsent[]
type Outcome = ProviderConsent | GatewayError

/** One that cannot be read does not take its place. */
const isReadable = (jwt: string | null): boolean => jwt !== null && parseConsentJwt(jwt) !== null

const toConsent = (list: Consents, { consentId, kept }: OpenKey): ProviderConsent => {
  const consent = pickConsent(list, consentId)
  const { jwt, claims } = consent
  const keepsEarlier = jwt === null || jwt === kept.jwt || (claims === null && isReadable(kept.jwt))
  return toProviderConsent(consent, keepsEarlier ? null : { ...kept, jwt })
}

/**
 * One list serves all keys of a login, since v3.1.0 does not heed the bank in its address. A server that does heed it, or
 * that failed for that bank, is asked again for each bank whose consents are still missing.
 */
const readOfOne = (
  keys: readonly OpenKey[],
  list: (bankId: string) => Promise<Consents>,
): ((key: OpenKey) => Promise<Outcome>) => {
  const lists = new Map<string, Promise<Consents | GatewayError>>()
  const listOnce = (bankId: string): Promise<Consents | GatewayError> => {
    const asked = lists.get(bankId) ?? list(bankId).catch(toFault)
    lists.set(bankId, asked)
    return asked
  }
  return async (key) => {
    const first = await listOnce(keys[0]?.bankId ?? key.bankId)
    const isThere = !(first instanceof GatewayError) && first.some(({ consent_id: id }) => id === key.consentId)
    const listed = isThere ? first : await listOnce(key.bankId)
    if (listed instanceof GatewayError) return listed
    try {
      return toConsent(listed, key)
    } catch (error) {
      return toFault(error)
    }
  }
}

/** Same order and length as the keys; a fault of one login, bank or consent is that one's alone. */
export const readConsents = async (
  client: ObpClient,
  credentialOf: (userToken: string | null) => Credential,
  keys: readonly ConsentKey[],
  call: CallContext,
): Promise<readonly Outcome[]> => {
  const opened = keys.map(openOrFault)
  const readable = opened.flatMap((key) => (key instanceof GatewayError ? [] : [key]))
  const readers = new Map(
    [...Map.groupBy(readable, ({ kept }) => kept.userToken)].map(([userToken, group]) => {
      const who = credentialOf(userToken)
      return [userToken, readOfOne(group, (bankId) => client.listConsents(who, bankId, call))] as const
    }),
  )
  return await Promise.all(
    opened.map((key): GatewayError | Promise<Outcome> => {
      if (key instanceof GatewayError) return key
      const read = readers.get(key.kept.userToken)
      if (read === undefined) return new GatewayError('INTERNAL', { cause: new Error('a login without a reader') })
      return read(key)
    }),
  )
}
