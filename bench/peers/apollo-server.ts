/**
 * Apollo Server as its guide sets it up: `startStandaloneServer`, resolvers, and a data source that calls the providers' REST
 * APIs with `fetch`. It knows neither users nor consents of its own: it is asked by the providers' own ids.
 *
 * Argument: the providers' address.
 */
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { type Get, type Ids, Providers } from './providers.ts'

const [providerUrl = ''] = process.argv.slice(2)

const getAs =
  (requestId: string): Get =>
  async <Body>(path: string, headers: Readonly<Record<string, string>>) => {
    const response = await fetch(providerUrl + path, { headers: { ...headers, 'x-request-id': requestId } })
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    return (await response.json()) as Body
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

interface Context {
  readonly providers: Providers
}

const resolvers = {
  Query: {
    consent: (_: unknown, { id }: { readonly id: string }, { providers }: Context) => providers.enableBanking(id),
    consents: (_: unknown, ids: Ids, { providers }: Context) => providers.all(ids),
  },
}

const { url } = await startStandaloneServer(new ApolloServer<Context>({ typeDefs, resolvers }), {
  listen: { port: 0, host: '127.0.0.1' },
  context: async ({ req }) => ({ providers: new Providers(getAs(String(req.headers['x-request-id']))) }),
})
console.log(`Listening on ${url}`)
