import { allowedScopes, type ApiClient } from '../domain/api-client.ts'
import type { ClientId } from '../domain/ids.ts'

/** Equal clients and equal scopes as one object: each socket keeps its viewers for as long as it is open. */
export interface EqualViewers {
  client(found: ApiClient): ApiClient
  scopes(found: Iterable<string>): ReadonlySet<string>
  /**
   * Those of a token that its client may give.
   *
   * @param scope with spaces between; of a token that was made here, so that there are few
   */
  tokenScopes(client: ApiClient, scope: string): ReadonlySet<string>
}

export const createEqualViewers = (): EqualViewers => {
  /** As they were last seen. */
  const clients = new Map<ClientId, ApiClient>()
  const scopes = new Map<string, ReadonlySet<string>>()
  const ofTokens = new WeakMap<ApiClient, Map<string, ReadonlySet<string>>>()
  const equalScopes: EqualViewers['scopes'] = (found) => {
    const set = new Set(found)
    const name = [...set].toSorted().join(' ')
    const known = scopes.get(name)
    if (known !== undefined) return known
    scopes.set(name, set)
    return set
  }
  return {
    client: (found) => {
      const known = clients.get(found.id)
      if (known?.version === found.version) return known
      clients.set(found.id, found)
      return found
    },
    scopes: equalScopes,
    tokenScopes: (client, scope) => {
      const ofClient = ofTokens.get(client) ?? new Map<string, ReadonlySet<string>>()
      const known = ofClient.get(scope)
      if (known !== undefined) return known
      const set = equalScopes(allowedScopes(client, scope.split(' ')))
      ofTokens.set(client, ofClient.set(scope, set))
      return set
    },
  }
}
