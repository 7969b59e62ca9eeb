import type { ApiClient } from '../domain/api-client.ts'
import type { ClientId } from '../domain/ids.ts'

/** Equal clients and equal scopes as one object: each socket keeps its viewers for as long as it is open. */
export interface EqualViewers {
  client(found: ApiClient): ApiClient
  scopes(found: Iterable<string>): ReadonlySet<string>
}

export const createEqualViewers = (): EqualViewers => {
  /** As they were last seen. */
  const clients = new Map<ClientId, ApiClient>()
  const scopes = new Map<string, ReadonlySet<string>>()
  return {
    client: (found) => {
      const known = clients.get(found.id)
      if (known?.version === found.version) return known
      clients.set(found.id, found)
      return found
    },
    scopes: (found) => {
      const set = new Set(found)
      const name = [...set].toSorted().join(' ')
      const known = scopes.get(name)
      if (known !== undefined) return known
      scopes.set(name, set)
      return set
    },
  }
}
