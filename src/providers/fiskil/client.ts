import type { CallContext } from '../../domain/provider.ts'
import { toPath, type UpstreamRequest } from '../../upstream/request.ts'
import { toContractFault, type UpstreamResponse } from '../../upstream/response.ts'
import type { Upstream } from '../../upstream/upstream.ts'
import type { FiskilSettings } from './config.ts'
import { orFault } from './faults.ts'
import type { TokenSource } from './token.ts'
import {
  type FiskilAccount,
  type FiskilConsent,
  type FiskilInstitution,
  type FiskilSession,
  type ListPage,
  parseAccounts,
  parseConsents,
  parseEndUser,
  parseInstitutions,
  parseSession,
} from './wire.ts'

export interface SessionRequest {
  readonly end_user_id: string
  readonly redirect_uri: string
  readonly cancel_uri: string
  readonly institution_id?: string
  readonly permissions?: readonly string[]
  readonly arrangement_id?: string
}

/** The calls that this connector makes; each rejects with GatewayError only. */
export interface FiskilClient {
  /** An answer that gets lost leaves an end user behind of whom nothing is known. */
  createEndUser(call: CallContext): Promise<string>
  /** Unknown resolves. */
  deleteEndUser(endUserId: string, call: CallContext): Promise<void>
  createSession(request: SessionRequest, call: CallContext): Promise<FiskilSession>
  /** All that the end user ever gave, live and ended. */
  listConsents(endUserId: string, call: CallContext): Promise<readonly FiskilConsent[]>
  /** Unknown and ended resolve: 204 tells nothing. */
  revokeConsent(arrangementId: string, call: CallContext): Promise<void>
  listAccounts(endUserId: string, call: CallContext): Promise<readonly FiskilAccount[]>
  listInstitutions(call: CallContext): Promise<readonly FiskilInstitution[]>
}

type Request = Omit<UpstreamRequest, 'headers' | 'call'>

/** A list longer than this does not end. */
const MAX_PAGES = 50
/** The largest that the documentation allows. */
const PAGE_SIZE = 1000

const change = (operation: string, method: UpstreamRequest['method'], path: string) =>
  ({ operation, method, path, effect: 'possible' }) as const

export const createFiskilClient = (
  { upstream, clientId, apiVersion }: Pick<FiskilSettings, 'clientId' | 'apiVersion'> & { readonly upstream: Upstream },
  tokens: TokenSource,
): FiskilClient => {
  const send = (request: Request, token: string, call: CallContext): Promise<UpstreamResponse> =>
    upstream.call({
      ...request,
      headers: { Authorization: `Bearer ${token}`, 'X-Fiskil-Version': apiVersion },
      call,
    })

  /** A 401 says that nothing was done: once more with a new token, whatever the call. */
  const callAs = async (request: Request, call: CallContext): Promise<UpstreamResponse> => {
    const token = await tokens.current(call)
    const answer = await send(request, token, call)
    if (answer.status !== 401) return answer
    tokens.drop(token)
    return await send(request, await tokens.current(call), call)
  }

  const readAll = async <T>(
    request: Pick<Request, 'operation' | 'path' | 'query'>,
    parse: (response: UpstreamResponse) => ListPage<T>,
    call: CallContext,
  ): Promise<readonly T[]> => {
    const all: T[] = []
    let after: string | null = null
    for (let page = 1; ; page += 1) {
      const query: UpstreamRequest['query'] = { ...request.query, ...(after !== null && { 'page[after]': after }) }
      // Whoever calls has the same rights: those of the client.
      const read = { ...request, query, method: 'GET', effect: 'none', repeatable: true, shareKey: clientId } as const
      const response = orFault(await callAs(read, call))
      const parsed = parse(response)
      all.push(...parsed.items)
      if (parsed.after === null) return all
      if (page === MAX_PAGES || parsed.after === after) throw toContractFault(response, new Error('an endless list'))
      after = parsed.after
    }
  }

  return {
    createEndUser: async (call) => {
      // Nothing of the person: all fields are optional.
      const request = { ...change('end-users.create', 'POST', '/v1/end-users'), repeatable: false, json: {} }
      return parseEndUser(orFault(await callAs(request, call))).end_user_id
    },

    deleteEndUser: async (endUserId, call) => {
      const request = { ...change('end-users.delete', 'DELETE', toPath`/v1/end-users/${endUserId}`), repeatable: true }
      const response = await callAs(request, call)
      if (response.status !== 404) orFault(response)
    },

    createSession: async (session, call) => {
      const request = { ...change('sessions.create', 'POST', '/v1/auth/session'), repeatable: false, json: session }
      return parseSession(orFault(await callAs(request, call)))
    },

    listConsents: (endUserId, call) =>
      readAll(
        { operation: 'consents.list', path: '/v1/consent', query: { end_user_id: endUserId } },
        parseConsents,
        call,
      ),

    revokeConsent: async (arrangementId, call) => {
      const path = toPath`/v1/consent/${arrangementId}`
      const response = await callAs({ ...change('consents.revoke', 'DELETE', path), repeatable: true }, call)
      if (response.status !== 404) orFault(response)
    },

    listAccounts: (endUserId, call) => {
      const query = { end_user_id: endUserId, 'page[size]': PAGE_SIZE }
      return readAll({ operation: 'accounts.list', path: '/v1/banking/accounts', query }, parseAccounts, call)
    },

    listInstitutions: (call) => {
      const query = { industry: 'banking', client_id: clientId }
      return readAll({ operation: 'institutions.list', path: '/v1/institutions', query }, parseInstitutions, call)
    },
  }
}
