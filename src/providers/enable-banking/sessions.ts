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

const toAccounts = ({ id, ...rest }: KeptAccount): readonly ProviderAccount[] => {
  const name = id ?? rest.identity
  return name === null ? [] : [{ id: name, ...rest }]
}

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
      const described = toKeptAccount(await client.accountDetails(names.uid, key.institutionRef, call))
      return { ...described, id: names.uid, identity: names.identity ?? described.identity }
    } catch {
      // Its identity is known; the bank's limit on background calls is no reason to hide it.
      return {
        id: names.uid,
        identity: names.identity,
        name: null,
        maskedNumber: null,
        currency: null,
        kind: null,
      }
    }
  }

  const readOrFault = async (id: string, call: CallContext): Promise<ProviderConsent | GatewayError> => {
    try {
      return await read(id, call)
    } catch (error) {
      if (error instanceof GatewayError) return error
      throw error
    }
  }

  return {
    read,

    readMany: (keys, call) => mapParallel(keys, PARALLEL_READS, (key) => readOrFault(key.providerConsentId, call)),

    end: async (key, psuHeaders, call) => {
      const { providerConsentId: id, institutionRef } = key
      try {
        await client.deleteSession(id, institutionRef, psuHeaders, call)
      } catch (error) {
        const word = error instanceof GatewayError ? error.providerCode : null
        if (word === 'SESSION_DOES_NOT_EXIST') return toEndedByWord(id, 'CLOSED', word)
        // What is said of a session that has ended is not documented in full: its own status decides.
        const isRefusal = error instanceof GatewayError && error.code === 'PROVIDER_REJECTED'
        if (!isRefusal || toEndedStatus(word) !== null) return endedByWord(id, error)
        const consent = await read(id, call).catch(() => {
          // The refusal says more.
          throw error
        })
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
      const { accounts: listed } = session
      const isListed = ({ id }: KeptAccount): boolean =>
        id === null || listed === null || listed.some(({ uid }) => uid === id)
      const later = (listed ?? []).filter(({ uid }) => !kept.some(({ id }) => id === uid))
      const described = await mapParallel(later, PARALLEL_READS, (names) => describe(names, key, call))
      return [...kept.filter(isListed), ...described].flatMap(toAccounts)
    },
  }
}
