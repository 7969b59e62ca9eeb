import DataLoader from 'dataloader'
import { allOf } from '../domain/all-of.ts'
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
  fresh(provider: ProviderId): Fresh
}

type Fresh = DataLoader<StoredConsent, ConsentView, ConsentId>

/** Each is made when it is first asked for: most operations need one or two. */
class LazyLoaders implements Loaders {
  readonly #store: Store
  readonly #services: Services
  readonly #scope: Scope
  readonly #readCall: () => CallContext
  #call: CallContext | null = null
  #users: Loaders['users'] | null = null
  #usersByExternalId: Loaders['usersByExternalId'] | null = null
  #links: Loaders['links'] | null = null
  #consents: Loaders['consents'] | null = null
  #sessions: Loaders['sessions'] | null = null
  #fresh: Map<ProviderId, Fresh> | null = null

  constructor(store: Store, services: Services, scope: Scope, readCall: () => CallContext) {
    this.#store = store
    this.#services = services
    this.#scope = scope
    this.#readCall = readCall
  }

  get users(): Loaders['users'] {
    return (this.#users ??= new DataLoader((ids) => this.#store.users.byIds(this.#scope, ids)))
  }

  get usersByExternalId(): Loaders['usersByExternalId'] {
    return (this.#usersByExternalId ??= new DataLoader((ids) => this.#store.users.byExternalIds(this.#scope, ids)))
  }

  get links(): Loaders['links'] {
    return (this.#links ??= new DataLoader((ids) => this.#store.links.byUsers(this.#scope, ids)))
  }

  get consents(): Loaders['consents'] {
    return (this.#consents ??= new DataLoader(async (ids) => {
      const consents = await this.#store.consents.byIds(this.#scope, ids)
      return await allOf(consents.map((consent) => (consent === null ? null : this.#services.reading.settle(consent))))
    }))
  }

  get sessions(): Loaders['sessions'] {
    return (this.#sessions ??= new DataLoader((ids) => this.#store.sessions.byIds(this.#scope, ids)))
  }

  fresh(provider: ProviderId): Fresh {
    this.#fresh ??= new Map()
    const known = this.#fresh.get(provider) ?? this.#createFresh(provider)
    this.#fresh.set(provider, known)
    return known
  }

  #createFresh(provider: ProviderId): Fresh {
    return new DataLoader(
      (consents) => this.#services.reading.refresh(provider, consents, (this.#call ??= this.#readCall())),
      { cacheKeyFn: idOf },
    )
  }
}

const idOf = ({ id }: StoredConsent): ConsentId => id

/** @param readCall starts the deadline that all provider reads of the operation share, at the first of them */
export const createLoaders = (store: Store, services: Services, scope: Scope, readCall: () => CallContext): Loaders =>
  new LazyLoaders(store, services, scope, readCall)
