import type { GatewayError } from '../../../src/domain/errors.ts'
import type { ProviderConsent } from '../../../src/domain/provider.ts'
import { isError, read, type Saboteur, saboteur } from './saboteur.ts'

export const IN_READING: readonly Saboteur[] = [
  saboteur('answers in another order', 'fiskil', 'read in the order of their keys', (c) => ({
    readConsents: async (keys, call) => (await c.readConsents(keys, call)).toReversed(),
  })),
  saboteur('one fault for all', 'insurely', 'read in the order of their keys', (c) => ({
    readConsents: async (keys, call) => {
      const all = await c.readConsents(keys, call)
      const fault = all.find(isError)
      if (fault !== undefined) throw fault
      return all
    },
  })),
  saboteur('a stranger’s consent under any key', 'openBankProject', 'read in the order of their keys', (c) => ({
    readConsents: async (keys, call) => {
      const all = await c.readConsents(keys, call)
      const known = all.find((one) => !isError(one))
      return all.map((one) => (isError(one) ? (known ?? one) : one))
    },
  })),
  saboteur('a list for each consent', 'fiskil', 'of one user cost one call', (c) => ({
    readConsents: async (keys, call) => {
      const all: (ProviderConsent | GatewayError)[] = []
      for (const key of keys) all.push(...(await c.readConsents([key], call)))
      return all
    },
  })),
  saboteur('reads that stand in line', 'enableBanking', 'consents are asked for once', (c) => {
    let last: Promise<unknown> = Promise.resolve()
    return {
      readConsents: (keys, call) => {
        const next = last.then(() => c.readConsents(keys, call))
        last = next
        return next
      },
    }
  }),
  saboteur(
    'an end that is forgotten',
    'enableBanking',
    'run out at the time that was said',
    read((one) => ({ ...one, expiresAt: null, status: 'AUTHORIZED' })),
  ),
  saboteur(
    'an end that comes early',
    'openBankProject',
    'run out at the time that was said',
    read((one) => ({ ...one, status: 'EXPIRED' })),
  ),
  saboteur('an institution that is there twice', 'fiskil', 'are well formed', (c) => ({
    institutions: async (call) => {
      const all = await c.institutions(call)
      return [...all, all[0]!]
    },
  })),
  saboteur('a country that is none', 'insurely', 'are well formed', (c) => ({
    institutions: async (call) => (await c.institutions(call)).map((one) => ({ ...one, country: 'Sweden' })),
  })),
  saboteur('lists of institutions that stand in line', 'fiskil', 'institutions are asked for once', (c) => {
    let last: Promise<unknown> = Promise.resolve()
    return {
      institutions: (call) => {
        const next = last.then(() => c.institutions(call))
        last = next
        return next
      },
    }
  }),
  saboteur('a whole account number', 'fiskil', 'never show a whole number', (c) => ({
    accounts: async (...given) => (await c.accounts!(...given)).map((one) => ({ ...one, name: '5555 4444 3333 1111' })),
  })),
  saboteur('a mask that hides little', 'enableBanking', 'never show a whole number', (c) => ({
    accounts: async (...given) => (await c.accounts!(...given)).map((one) => ({ ...one, maskedNumber: '*1234567' })),
  })),
  saboteur('accounts that are new each time', 'enableBanking', 'never show a whole number', (c) => ({
    accounts: async (...given) => (await c.accounts!(...given)).map((one) => ({ ...one, identity: one.id })),
  })),
  saboteur('accounts that are promised', 'insurely', 'never show a whole number', (c) => ({
    capabilities: { ...c.capabilities, accounts: true },
  })),
]
