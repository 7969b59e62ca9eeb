/**
 * Apollo Server as its guide sets it up: `startStandaloneServer`, resolvers, and a data source that calls the providers' REST
 * APIs with `fetch`. It knows neither users nor consents of its own: it is asked by the providers' own ids.
 *
 * Argument: the providers' address.
 */
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'

const [providerUrl = ''] = process.argv.slice(2)

interface Consent {
  readonly id: string
  readonly status: string
  readonly providerStatus: { readonly raw: string; readonly recognized: boolean }
  readonly provider: { readonly id: string }
  readonly expiresAt: string
  readonly access: {
    readonly permissions: readonly string[]
    readonly accountIds: readonly string[]
    readonly validFrom: string | null
    readonly validUntil: string
  }
}

const toConsent = (
  id: string,
  provider: string,
  raw: string,
  status: string | undefined,
  expiresAt: string | number,
  access: Partial<Consent['access']>,
): Consent => {
  const validUntil = new Date(expiresAt).toISOString()
  return {
    id,
    status: status ?? 'UNKNOWN',
    providerStatus: { raw, recognized: status !== undefined },
    provider: { id: provider },
    expiresAt: validUntil,
    access: { permissions: [], accountIds: [], validFrom: null, ...access, validUntil },
  }
}

interface Claims {
  readonly exp: number
  readonly nbf: number
  readonly views: readonly { readonly account_id: string; readonly view_id: string }[]
}

class Providers {
  readonly #requestId: string

  constructor(requestId: string) {
    this.#requestId = requestId
  }

  async #get<Body>(path: string, headers: Readonly<Record<string, string>>): Promise<Body> {
    const response = await fetch(providerUrl + path, { headers: { ...headers, 'x-request-id': this.#requestId } })
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    return (await response.json()) as Body
  }

  async enableBanking(id: string): Promise<Consent> {
    const { status, accounts, access } = await this.#get<{
      readonly status: string
      readonly accounts: readonly string[]
      readonly access: { readonly valid_until: string }
    }>(`/enable-banking/sessions/${id}`, { authorization: 'Bearer a.bench.token' })
    const known = { AUTHORIZED: 'AUTHORIZED', CLOSED: 'REVOKED' }[status]
    return toConsent(id, 'ENABLE_BANKING', status, known, access.valid_until, { accountIds: accounts })
  }

  async fiskil(endUserId: string): Promise<readonly Consent[]> {
    const { consents } = await this.#get<{
      readonly consents: readonly {
        readonly arrangement_id: string
        readonly active: boolean
        readonly account_ids: readonly string[]
        readonly permissions: readonly string[]
        readonly created_at: string
        readonly expires_at: string
      }[]
    }>(`/fiskil/v1/consent?end_user_id=${endUserId}`, {
      authorization: 'Bearer a.fiskil.token',
      'x-fiskil-version': 'v3',
    })
    return consents.map((one) =>
      toConsent(
        one.arrangement_id,
        'FISKIL',
        `active: ${one.active}`,
        one.active ? 'AUTHORIZED' : 'REVOKED',
        one.expires_at,
        { permissions: one.permissions, accountIds: one.account_ids, validFrom: one.created_at },
      ),
    )
  }

  async insurely(userUuid: string): Promise<readonly Consent[]> {
    const consents = await this.#get<
      readonly {
        readonly consentId: string
        readonly status: string
        readonly expiresAt: string
        readonly scope: { readonly accountIds: readonly string[] }
      }[]
    >(`/insurely/users/${userUuid}/consents`, {
      'authorization-token': 'a.bench.token',
      'insurely-version': '2026-04-01',
    })
    return consents.map(({ consentId, status, expiresAt, scope }) =>
      toConsent(consentId, 'INSURELY', status, status, expiresAt, { accountIds: scope.accountIds }),
    )
  }

  async openBankProject(bankId: string, login: string): Promise<readonly Consent[]> {
    const { consents } = await this.#get<{
      readonly consents: readonly { readonly consent_id: string; readonly jwt: string; readonly status: string }[]
    }>(`/open-bank-project/obp/v3.1.0/banks/${bankId}/my/consents`, { directlogin: login })
    return consents.map(({ consent_id: id, jwt, status }) => {
      const { exp, nbf, views } = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Claims
      const known = { INITIATED: 'AWAITING_AUTHORIZATION', ACCEPTED: 'AUTHORIZED' }[status]
      return toConsent(id, 'OPEN_BANK_PROJECT', status, known, exp * 1000, {
        permissions: [...new Set(views.map((view) => view.view_id))],
        accountIds: [...new Set(views.map((view) => view.account_id))],
        validFrom: new Date(nbf * 1000).toISOString(),
      })
    })
  }
}

const typeDefs = `#graphql
  type Query {
    consent(id: ID!): Consent
    consents(sessionId: ID!, endUserId: ID!, userUuid: ID!, bankId: ID!, login: String!): [Consent!]!
  }
  type Consent {
    id: ID!
    status: String!
    providerStatus: ProviderStatus!
    provider: Provider!
    expiresAt: String
    access: Access!
  }
  type ProviderStatus { raw: String! recognized: Boolean! }
  type Provider { id: ID! }
  type Access { permissions: [String!]! accountIds: [String!]! validFrom: String validUntil: String }
`

interface Ids {
  readonly sessionId: string
  readonly endUserId: string
  readonly userUuid: string
  readonly bankId: string
  readonly login: string
}

interface Context {
  readonly providers: Providers
}

const resolvers = {
  Query: {
    consent: (_: unknown, { id }: { readonly id: string }, { providers }: Context) => providers.enableBanking(id),
    consents: async (_: unknown, ids: Ids, { providers }: Context) =>
      (
        await Promise.all([
          providers.enableBanking(ids.sessionId),
          providers.fiskil(ids.endUserId),
          providers.insurely(ids.userUuid),
          providers.openBankProject(ids.bankId, ids.login),
        ])
      ).flat(),
  },
}

const { url } = await startStandaloneServer(new ApolloServer<Context>({ typeDefs, resolvers }), {
  listen: { port: 0, host: '127.0.0.1' },
  context: async ({ req }) => ({ providers: new Providers(String(req.headers['x-request-id'])) }),
})
console.log(`Listening on ${url}`)
