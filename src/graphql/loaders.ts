import DataLoader from 'dataloader'
import type { AuthSession } from '../domain/auth-session.ts'
import type { AuthSessionId, ConsentId, UserId } from '../domain/ids.ts'
import type { CallContext } from '../domain/provider.ts'
import type { ProviderId } from '../domain/provider-id.ts'
import type { ConsentView } from '../domain/source.ts'
import type { ProviderLink, Scope, Store, StoredConsent, User } from '../domain/store.ts'
import type { Services } from '../services/services.ts'

/** One per operation; each sees only what the viewer may see. */
export interface Loaders {
  readonly users: DataLoader<UserId, User | null>
  readonly usersByExternalId: DataLoader<string, User | null>
  readonly links: DataLoader<UserId, readonly ProviderLink[]>
  /** As stored; ended first where its time has passed. */
  readonly consents: DataLoader<ConsentId, StoredConsent | null>
  readonly sessions: DataLoader<AuthSessionId, AuthSession | null>
  /** Asks the provider: one loader each, since in a shared one the fast provider waits for the slow one. */
  fresh(provider: ProviderId): DataLoader<StoredConsent, ConsentView, ConsentId>
}

/** @param readCall starts the deadline that all provider reads of the operation share, at the first of them */
export const createLoaders = (store: Store, services: Services, scope: Scope, readCall: () => CallContext): Loaders => {
  const fresh = new Map<ProviderId, DataLoader<StoredConsent, ConsentView, ConsentId>>()
  let call: CallContext | null = null

  const createFresh = (provider: ProviderId) =>
    new DataLoader<StoredConsent, ConsentView, ConsentId>(
      async (consents) => {
        call ??= readCall()
        return services.reading.refresh(provider, consents, call)
      },
      { cacheKeyFn: ({ id }) => id },
    )

  const loaders = {
    users: new DataLoader<UserId, User | null>((ids) => store.users.byIds(scope, ids)),
    usersByExternalId: new DataLoader<string, User | null>((externalIds) =>
      store.users.byExternalIds(scope, externalIds),
    ),
    links: new DataLoader<UserId, readonly ProviderLink[]>((ids) => store.links.byUsers(scope, ids)),
    consents: new DataLoader<ConsentId, StoredConsent | null>(async (ids) => {
      const consents = await store.consents.byIds(scope, ids)
      return Promise.all(consents.map((consent) => (consent === null ? null : services.reading.settle(consent))))
    }),
    sessions: new DataLoader<AuthSessionId, AuthSession | null>((ids) => store.sessions.byIds(scope, ids)),
  }

  return {
    ...loaders,
    fresh: (provider) => {
      const known = fresh.get(provider) ?? createFresh(provider)
      fresh.set(provider, known)
      return known
    },
  }
}
