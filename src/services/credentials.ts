import { allowedScopes, type ApiClient } from '../domain/api-client.ts'
import { GatewayError } from '../domain/errors.ts'
import { isId } from '../domain/ids.ts'
import type { Store } from '../domain/store.ts'
import type { Viewer } from '../domain/viewer.ts'
import { hashApiKey } from './api-key.ts'
import { claimedIssuer, looksLikeToken } from './compact-jws.ts'
import { createEqualScopes } from './equal-scopes.ts'
import type { OidcSettings } from './oidc/settings.ts'
import type { OidcTokens } from './oidc/oidc-tokens.ts'
import { refuseToken, type UserTokens } from './user-tokens.ts'

export interface Credentials {
  /**
   * @param authorization the header, or the member of `connection_init`: `Bearer ...`; null or undefined is nobody
   * @throws GatewayError UNAUTHENTICATED, ISSUER_UNAVAILABLE
   */
  authenticate(authorization: string | null | undefined): Promise<Viewer | null>
}

const BEARER = /^Bearer +([\w.~+/=-]{1,8192})$/i

const refuse = (message: string): GatewayError => new GatewayError('UNAUTHENTICATED', { message })

/** Tokens of another issuer, and whose users they are. */
export interface ForeignTokens {
  readonly settings: OidcSettings
  readonly tokens: OidcTokens
}

const requireEnabled = ({ disabledAt }: ApiClient): void => {
  if (disabledAt !== null) throw refuse('This API client is disabled. Ask whoever operates the gateway.')
}

export const createCredentials = (store: Store, userTokens: UserTokens, foreign: ForeignTokens | null): Credentials => {
  const equal = createEqualScopes()

  const byFormerKey = async (
    keyHash: string,
  ): Promise<{ readonly client: ApiClient; readonly endsAt: Date } | null> => {
    const former = await store.clients.formerKey(keyHash)
    const client = former === null || former.endsAt <= new Date() ? null : await store.clients.byId(former.clientId)
    return former === null || client === null ? null : { client, endsAt: former.endsAt }
  }

  const byApiKey = async (key: string): Promise<Viewer> => {
    const keyHash = hashApiKey(key)
    const current = await store.clients.byKeyHash(keyHash)
    const found = current === null ? await byFormerKey(keyHash) : { client: current, endsAt: null }
    if (found === null) {
      throw refuse('This API key is not known. Use the key that was shown when the API client was made.')
    }
    const { client, endsAt } = found
    requireEnabled(client)
    return { client, user: null, keyHash, scopes: equal.scopes(client.scopes), expiresAt: endsAt }
  }

  const byUserToken = async (token: string): Promise<Viewer> => {
    const claims = await userTokens.verify(token)
    if (!isId('cli', claims.client_id) || !isId('usr', claims.sub)) throw refuseToken()
    const found = await store.clients.withUser(claims.client_id, { userId: claims.sub })
    if (found === null || found.user.erasure !== null) throw refuse('The user of this token is no longer there.')
    const { client, user } = found
    requireEnabled(client)
    const scopes = equal.tokenScopes(client, claims.scope)
    return { client, user, keyHash: null, scopes, expiresAt: new Date(claims.exp * 1000) }
  }

  const byForeignToken = async (token: string, { settings, tokens }: ForeignTokens): Promise<Viewer> => {
    const { externalId, scopes, expiresAt } = await tokens.verify(token)
    const found = await store.clients.withUser(settings.apiClient, { externalId })
    if (found === null || found.user.erasure !== null) {
      throw refuse('The person of this token is not a user here. Create the user with `createUser` first.')
    }
    const { client, user } = found
    requireEnabled(client)
    return { client, user, keyHash: null, scopes: equal.scopes(allowedScopes(client, scopes)), expiresAt }
  }

  const byToken = (token: string): Promise<Viewer> =>
    foreign !== null && claimedIssuer(token) === foreign.settings.issuer
      ? byForeignToken(token, foreign)
      : byUserToken(token)

  return {
    authenticate: async (authorization) => {
      if (authorization === null || authorization === undefined || authorization === '') return null
      const credential = BEARER.exec(authorization)?.[1]
      if (credential === undefined) throw refuse('The authorization must read `Bearer <API key or user token>`.')
      return looksLikeToken(credential) ? await byToken(credential) : await byApiKey(credential)
    },
  }
}
