import { createUserTokens } from '../src/services/user-tokens.ts'
import type { ApiClient } from '../src/domain/api-client.ts'
import type { Consent } from '../src/domain/consent.ts'
import { randomIds } from '../src/domain/ids.ts'
import type { Store, User, Write } from '../src/domain/store.ts'
import { openEmbeddedStore } from '../src/store/embedded/open-embedded-store.ts'
import { createSealer } from '../src/store/sealing.ts'
import type { Installation } from './gateway.ts'

export interface Watcher {
  readonly userId: string
  readonly consentId: string
  /** `Bearer ...`, of this user. */
  readonly authorization: string
}

const AT_ONCE = 500
const TOKEN_SECONDS = 3_600
const DAY_MS = 86_400_000

const newConsent = (user: User, now: Date): Consent => ({
  id: randomIds.next('con'),
  clientId: user.clientId,
  userId: user.id,
  provider: 'OPEN_BANK_PROJECT',
  institutionRef: null,
  status: 'AUTHORIZED',
  statusReason: null,
  providerStatus: null,
  version: 1,
  providerConsentId: null,
  secrets: null,
  requestedAccess: {
    permissions: ['ReadAccountsBasic'],
    accountIds: null,
    balances: null,
    transactions: null,
    validFrom: null,
    validUntil: null,
  },
  access: null,
  createdAt: now,
  updatedAt: now,
  authorizedAt: now,
  expiresAt: new Date(now.getTime() + 90 * DAY_MS),
  revokedAt: null,
  renewedFrom: null,
  supersededBy: null,
  revocation: null,
  currentSessionId: null,
  webhookEndpointId: null,
})

const commitAll = async (store: Store, writes: readonly Write[]): Promise<void> => {
  for (let done = 0; done < writes.length; done += AT_ONCE) {
    const { committed } = await store.commit(writes.slice(done, done + AT_ONCE))
    if (!committed) throw new Error('the seed met a conflict')
  }
}

/** The store of an installation that no gateway runs on. */
export const openStoreOf = ({ dataDir, rootKey }: Installation): Promise<Store> =>
  openEmbeddedStore({ directory: dataDir, sealer: createSealer([{ id: 'bench', key: rootKey }]) })

/**
 * Users with a consent and a token each, put into the store of an installation that no gateway runs on: ten thousand of them
 * through the API would take longer than what is measured.
 */
export const seedWatchers = async (installation: Installation, count: number): Promise<readonly Watcher[]> => {
  const store = await openStoreOf(installation)
  try {
    const client = await onlyClient(store)
    const now = new Date()
    const users = Array.from({ length: count }, (_, index): User => ({
      id: randomIds.next('usr'),
      clientId: client.id,
      externalId: `watcher-${index}`,
      createdAt: now,
      erasedAt: null,
      erasure: null,
    }))
    const consents = users.map((user) => newConsent(user, now))
    await commitAll(
      store,
      users.map((user) => ({ kind: 'user.insert', user })),
    )
    await commitAll(
      store,
      consents.map((consent) => ({ kind: 'consent.insert', consent })),
    )
    const tokens = createUserTokens([{ id: 'bench', key: installation.rootKey }], {
      issuer: 'consentgraph',
      audience: 'consentgraph',
    })
    return await Promise.all(
      users.map(async (user, index) => ({
        userId: user.id,
        consentId: consents[index]?.id ?? '',
        authorization: `Bearer ${(await tokens.issue(client, user, TOKEN_SECONDS)).token}`,
      })),
    )
  } finally {
    await store.close()
  }
}

const onlyClient = async (store: Store): Promise<ApiClient> => {
  const { rows } = await store.clients.page({ first: 1, after: null })
  const [client] = rows
  if (client === undefined) throw new Error('the installation has no API client')
  return client
}
