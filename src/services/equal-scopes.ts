import { allowedScopes, type ApiClient } from '../domain/api-client.ts'

/** Equal scopes as one object: each socket keeps its viewers for as long as it is open. */
export interface EqualScopes {
  scopes(found: Iterable<string>): ReadonlySet<string>
  /**
   * Those of a token that its client may give.
   *
   * @param scope with spaces between; of a token that was made here, so that there are few
   */
  tokenScopes(client: ApiClient, scope: string): ReadonlySet<string>
}

export const createEqualScopes = (): EqualScopes => {
  const scopes = new Map<string, ReadonlySet<string>>()
  const ofTokens = new WeakMap<ApiClient, Map<string, ReadonlySet<string>>>()
  const equalScopes: EqualScopes['scopes'] = (found) => {
    const set = new Set(found)
    const name = [...set].toSorted().join(' ')
    const known = scopes.get(name)
    if (known !== undefined) return known
    scopes.set(name, set)
    return set
  }
  return {
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
