import { serveSubgraph } from './subgraph.ts'

/** What a company knows of its own customers. It knows nothing of Consentgraph but the name that both have for a person. */
const typeDefs = /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

  type Query {
    account(externalId: String!): Account
    accounts: [Account!]!
  }

  type Mutation {
    openAccount(externalId: String!, displayName: String!): Account!
  }

  type Account @key(fields: "externalId") {
    externalId: String!
    displayName: String!
    "Null for a person whom Consentgraph does not know."
    user: User
  }

  type User @key(fields: "externalId") {
    externalId: String
    account: Account
  }
`

interface Account {
  readonly externalId: string
  readonly displayName: string
}

interface UserReference {
  readonly externalId: string
}

/** The demo user is there in every gateway in development. */
const accounts = new Map<string, Account>([
  ['demo-user', { externalId: 'demo-user', displayName: 'Demo User' }],
  ['anna', { externalId: 'anna', displayName: 'Anna Andersson' }],
])

const find = (externalId: string): Account | null => accounts.get(externalId) ?? null

await serveSubgraph('accounts', 4001, {
  typeDefs,
  resolvers: {
    Query: {
      account: (_, { externalId }: UserReference) => find(externalId),
      accounts: () => [...accounts.values()],
    },
    Mutation: {
      openAccount: (_, account: Account) => {
        accounts.set(account.externalId, account)
        return account
      },
    },
    Account: {
      __resolveReference: ({ externalId }: UserReference) => find(externalId),
      user: ({ externalId }: Account): UserReference => ({ externalId }),
    },
    User: {
      // Whoever has an account here or not: the person is Consentgraph's.
      __resolveReference: (user: UserReference) => user,
      account: ({ externalId }: UserReference) => find(externalId),
    },
  },
})
