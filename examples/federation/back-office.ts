import { randomUUID } from 'node:crypto'
import { serveSubgraph } from './subgraph.ts'

/** What a support desk notes about consents. It has their ids, and those of the persons, and nothing else of them. */
const typeDefs = /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

  type Query {
    cases: [Case!]!
  }

  type Mutation {
    openCase(consentId: ID!, userId: ID!, note: String!): Case!
  }

  type Case @key(fields: "id") {
    id: ID!
    note: String!
    "Null for whoever may not see it."
    consent: Consent
    "Null for whoever may not see them."
    person: User
  }

  type Consent @key(fields: "id") {
    id: ID!
    cases: [Case!]!
  }

  type User @key(fields: "id", resolvable: false) {
    id: ID!
  }
`

interface Case {
  readonly id: string
  readonly note: string
  readonly consentId: string
  readonly userId: string
}

interface ConsentReference {
  readonly id: string
}

const cases: Case[] = []

await serveSubgraph('back-office', 4002, {
  typeDefs,
  resolvers: {
    Query: { cases: () => cases },
    Mutation: {
      openCase: (_, input: Omit<Case, 'id'>) => {
        const opened = { ...input, id: randomUUID() }
        cases.push(opened)
        return opened
      },
    },
    Case: {
      __resolveReference: ({ id }: { readonly id: string }) => cases.find((known) => known.id === id) ?? null,
      consent: ({ consentId }: Case): ConsentReference => ({ id: consentId }),
      person: ({ userId }: Case) => ({ id: userId }),
    },
    Consent: {
      __resolveReference: (consent: ConsentReference) => consent,
      cases: ({ id }: ConsentReference) => cases.filter(({ consentId }) => consentId === id),
    },
  },
})
