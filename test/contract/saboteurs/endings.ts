import { GatewayError } from '../../../src/domain/errors.ts'
import { PERSON } from '../provider/witness.ts'
import { refuse, type Saboteur, saboteur } from './saboteur.ts'

export const IN_ENDINGS: readonly Saboteur[] = [
  saboteur('a second revocation that fails', 'enableBanking', 'is seen by the next read', (c) => {
    let count = 0
    return { revoke: (...given) => ((count += 1) > 1 ? refuse() : c.revoke(...given)) }
  }),
  saboteur('a revocation that only says so', 'insurely', 'is seen by the next read', (c) => ({
    revoke: async (key, psu, call) => {
      const unknown = { ...key, providerConsentId: 'nobody' }
      return { ...(await c.revoke(unknown, psu, call)), providerConsentId: key.providerConsentId }
    },
  })),
  saboteur('a revocation that knows its own only', 'openBankProject', 'of what nobody knows', (c) => ({
    revoke: async (key, psu, call) => {
      const [read] = await c.readConsents([key], call)
      return read instanceof GatewayError ? await refuse() : await c.revoke(key, psu, call)
    },
  })),
  saboteur('a revocation of all', 'fiskil', 'leaves the other consents', (c) => ({
    revoke: async (key, psu, call) => {
      const ended = await c.revoke(key, psu, call)
      await c.forgetUser!(key.user!, call)
      return ended
    },
  })),
  saboteur('a renewal that is refused without a word', 'fiskil', 'is refused where the provider has none', (c) => ({
    capabilities: { ...c.capabilities, renewal: false },
  })),
  saboteur('a renewal that ends the old one first', 'openBankProject', 'leaves the old consent as it was', (c) => ({
    start: async (request, draft, call) => {
      if (request.renews !== null) await c.revoke(request.renews, null, call)
      return await c.start(request, draft, call)
    },
  })),
  saboteur('an old consent whose end is that of the new one', 'fiskil', 'brings a consent that outlives', (c) => ({
    capabilities: { ...c.capabilities, revokeAfterRenewal: true },
  })),
  saboteur('a link that outlives its attempt', 'enableBanking', 'keeps what a grant that comes too late', () => ({
    stateAfterEnd: (state) => state,
  })),
  saboteur('an attempt that forgets all', 'fiskil', 'keeps what a grant that comes too late', () => ({
    stateAfterEnd: () => ({}),
  })),
  saboteur('a user named by the person', 'insurely', 'under a name that says nothing', (c) => ({
    ensureUser: async (...given) => ({ ...(await c.ensureUser!(...given)), ref: PERSON.email }),
  })),
  saboteur('users that nobody promised', 'fiskil', 'under a name that says nothing', (c) => ({
    capabilities: { ...c.capabilities, ownUsers: false },
  })),
  saboteur('a second farewell that fails', 'fiskil', 'is forgotten where it can be', (c) => {
    let count = 0
    return { forgetUser: (...given) => ((count += 1) > 1 ? refuse() : c.forgetUser!(...given)) }
  }),
]
