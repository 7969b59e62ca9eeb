import type { Clock } from '../../domain/clock.ts'
import { isFinalConsent } from '../../domain/consent.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { CallContext, ConsentKey, ProviderAccount, ProviderConsent } from '../../domain/provider.ts'
import type { EnableBankingClient } from './client.ts'
import { toConsent, toEndedByWord, toEndedConsent, toEndedStatus, toKeptAccount } from './mapping.ts'
import { mapParallel } from './parallel.ts'
import { type KeptAccount, parseKeptAccounts } from './sealed.ts'
import type { AccountNames } from './wire.ts'

type SessionKey = Pick<ConsentKey, 'providerConsentId' | 'institutionRef'>

/** Sessions whose code is exchanged. */
export interface Sessions {
  read(id: string, call: CallContext): Promise<ProviderConsent>
  /** Same order and length as the keys. */
  readMany(keys: readonly SessionKey[], call: CallContext): Promise<readonly (ProviderConsent | GatewayError)[]>
  /** Already ended and unknown resolve. */
  end(key: SessionKey, psuHeaders: Readonly<Record<string, string>>, call: CallContext): Promise<ProviderConsent>
  accounts(key: ConsentKey, call: CallContext): Promise<readonly ProviderAccount[]>
}

/** Below the upstream's own bound, so that one user's list does not keep all others waiting. */
const PARALLEL_READS = 8

/** @throws the error, unless its word says that the session has ended */
const endedByWord = (id: string, error: unknown): ProviderConsent => {
  const word = error instanceof GatewayError ? error.providerCode : null
  const status = toEndedStatus(word)
  if (word === null || status === null) throw error
  return toEndedByWord(id, status, word)
}

const toAccount = ({ id, ...rest }: KeptAccount): ProviderAccount => ({ id: id ?? rest.identity, ...rest })

export const createSessions = (client: EnableBankingClient, clock: Clock): Sessions => {
  const read: Sessions['read'] = async (id, call) => {
    try {
      return toConsent(id, await client.readSession(id, call), clock.now())
    } catch (error) {
      return endedByWord(id, error)
    }
  }

  /** For an account that came after the exchange, when its particulars were told. */
  const describe = async (names: AccountNames, key: SessionKey, call: CallContext): Promise<KeptAccount> => {
    try {
      return { ...toKeptAccount(await client.accountDetails(names.uid, key.institutionRef, call)), id: names.uid }
    } catch {
      // Its identity is known; the bank's limit on background calls is no reason to hide it.
      return {
        id: names.uid,
        identity: names.identification_hash,
        name: null,
        maskedNumber: null,
        currency: null,
        kind: null,
      }
    }
  }

  return {
    read,

    readMany: (keys, call) =>
      mapParallel(keys, PARALLEL_READS, (key) =>
        read(key.providerConsentId, call).catch((error: unknown) => {
          if (error instanceof GatewayError) return error
          throw error
        }),
      ),

    end: async (key, psuHeaders, call) => {
      const { providerConsentId: id, institutionRef } = key
      try {
        await client.deleteSession(id, institutionRef, psuHeaders, call)
      } catch (error) {
        const word = error instanceof GatewayError ? error.providerCode : null
        if (word === 'SESSION_DOES_NOT_EXIST') return toEndedByWord(id, 'CLOSED', word)
        if (word !== 'WRONG_SESSION_STATUS') return endedByWord(id, error)
        const consent = await read(id, call)
        if (consent.status === null || !isFinalConsent(consent.status)) throw error
        return consent
      }
      // The answer is a bare "OK", no word of a status.
      return toEndedConsent(id, { status: 'REVOKED', reason: 'REVOKED_BY_CLIENT' }, null)
    },

    accounts: async (key, call) => {
      const session = await client.readSession(key.providerConsentId, call)
      const { status } = toConsent(key.providerConsentId, session, clock.now())
      if (status !== null && status !== 'AUTHORIZED') {
        throw new GatewayError('PROVIDER_REJECTED', {
          message: 'The session is not authorized at Enable Banking.',
          providerCode: session.status,
        })
      }
      const kept = parseKeptAccounts(key.secrets)
      const listed = session.accounts_data ?? []
      const isListed = ({ id }: KeptAccount): boolean => id === null || listed.some(({ uid }) => uid === id)
      const later = listed.filter(({ uid }) => !kept.some(({ id }) => id === uid))
      const described = await mapParallel(later, PARALLEL_READS, (names) => describe(names, key, call))
      return [...kept.filter(isListed), ...described].map(toAccount)
    },
  }
}
