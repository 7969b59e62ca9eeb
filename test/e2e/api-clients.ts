import type { ClientId, UserId } from '../../src/domain/ids.ts'
import { type ApiClient, SCOPES } from '../../src/domain/api-client.ts'
import type { User } from '../../src/domain/store.ts'
import { hashApiKey } from '../../src/services/api-key.ts'
import type { RootKey } from '../../src/services/root-key.ts'
import { createUserTokens } from '../../src/services/user-tokens.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { openKeyRing } from '../../src/store/key-ring.ts'
import { createSealer } from '../../src/store/sealing.ts'

export interface ExtraClient {
  readonly id: ClientId
  readonly apiKey: string
  readonly scopes: readonly string[]
}

export interface Keys {
  readonly root: RootKey
  /** A user token as the gateway makes them, of any life: negative for one that has ended. */
  mint(clientId: ClientId, userId: string, ttlSeconds: number): Promise<string>
}

/** Registers API clients in the store of a gateway that is not running. */
export const registerClients = async (dataDir: string, clients: readonly ExtraClient[]): Promise<Keys> => {
  const keys = await openKeyRing({ dataDir, configuredKeys: [] })
  const store = await openEmbeddedStore({ directory: dataDir, sealer: createSealer(keys) })
  const toClient = ({ id, apiKey, scopes }: ExtraClient): ApiClient => ({
    id,
    name: id,
    keyHash: hashApiKey(apiKey),
    keyHint: null,
    scopes,
    returnTo: [],
    createdAt: new Date(),
    disabledAt: null,
    version: 1,
  })
  await store.commit(clients.map((client) => ({ kind: 'client.put', client: toClient(client) })))
  await store.close()
  const userTokens = createUserTokens(keys, { issuer: 'consentgraph', audience: 'consentgraph' })
  return {
    root: keys[0],
    mint: async (clientId, userId, ttlSeconds) => {
      const client = toClient({ id: clientId, apiKey: '', scopes: SCOPES })
      const user: User = {
        id: userId as UserId,
        clientId,
        externalId: null,
        createdAt: new Date(),
        erasedAt: null,
        erasure: null,
      }
      return (await userTokens.issue(client, user, ttlSeconds)).token
    },
  }
}
