import { createRequire } from 'node:module'

import { composeServices } from '@apollo/composition'
import { buildSubgraphSchema } from '@apollo/subgraph'
import * as graphql from 'graphql'
import { expect, test } from 'vitest'

import { scalarResolvers } from '../../src/graphql/scalars.ts'
import { typeDefs } from '../../src/graphql/type-defs.ts'

/** Another team's Relay subgraph: it adds to a person by the name that both know, and refers to a consent. */
const LOANS = graphql.parse(`
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@inaccessible"])
  interface Node { id: ID! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  type Query {
    node(id: ID!): Node @shareable @inaccessible
    nodes(ids: [ID!]!): [Node]! @shareable @inaccessible
    loans(first: Int = 20, after: String): LoanConnection!
    pinned: [Node!]!
  }
  type LoanConnection { nodes: [Loan!]! pageInfo: PageInfo! }
  type Loan implements Node @key(fields: "id") { id: ID! borrower: User! basis: Consent }
  type User @key(fields: "externalId") { externalId: String loans: [Loan!]! }
  type Consent @key(fields: "id", resolvable: false) { id: ID! }
`)

const servedSdl = async (): Promise<string> => {
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: scalarResolvers }])
  const answer = await graphql.graphql({ schema, source: '{ _service { sdl } }' })
  expect(answer).toEqual({ data: { _service: { sdl: expect.any(String) } } })
  return (answer.data as { readonly _service: { readonly sdl: string } })._service.sdl
}

const composeWith = (sdl: string) =>
  composeServices([
    { name: 'consentgraph', typeDefs: graphql.parse(sdl), url: 'http://consentgraph/graphql' },
    { name: 'loans', typeDefs: LOANS, url: 'http://loans/graphql' },
  ])

/** The supergraph as composed, with what routers read and clients do not see. */
const compose = async (): Promise<graphql.GraphQLSchema> => {
  const composed = composeWith(await servedSdl())
  expect(composed.errors?.map(String) ?? []).toEqual([])
  const unquiet = (composed.hints ?? []).filter((hint) => !['INFO', 'DEBUG'].includes(hint.definition.level.name))
  expect(unquiet.map(String)).toEqual([])
  return graphql.buildSchema(composed.supergraphSdl ?? '', { assumeValid: true })
}

const directivesOn = (node: { readonly directives?: readonly graphql.ConstDirectiveNode[] } | null | undefined) =>
  (node?.directives ?? []).map((directive) => directive.name.value)

test('composes with a second subgraph that adds to User by externalId and refers to Consent', async () => {
  const supergraph = await compose()
  const user = supergraph.getType('User')
  expect(graphql.isObjectType(user) && Object.keys(user.getFields())).toEqual(
    expect.arrayContaining(['id', 'externalId', 'consents', 'loans']),
  )
})

test('a supergraph hides node and nodes, since no router could tell whose id it is', async () => {
  const query = (await compose()).getQueryType()?.getFields()
  expect(directivesOn(query?.['node']?.astNode)).toContain('inaccessible')
  expect(directivesOn(query?.['nodes']?.astNode)).toContain('inaccessible')
})

test.each([
  ['@shareable', 'type PageInfo @shareable', 'type PageInfo', /PageInfo\.hasNextPage/],
  ['@shareable', 'Node @shareable @inaccessible', 'Node @inaccessible', /Query\.node/],
  ['@key', '@key(fields: "externalId")', '', /User\.externalId/],
])('without %s it does not compose: %s', async (_, directive, replacement, error) => {
  const sdl = await servedSdl()
  expect(sdl).toContain(directive)
  expect(composeWith(sdl.replace(directive, replacement)).errors?.map(String).join('\n')).toMatch(error)
})

test('without @inaccessible in both graphs it does not compose: one router cannot ask both for node', async () => {
  const shown = (sdl: string) => graphql.parse(sdl.replaceAll('@shareable @inaccessible', '@shareable'))
  const { errors } = composeServices([
    { name: 'consentgraph', typeDefs: shown(await servedSdl()) },
    { name: 'loans', typeDefs: shown(graphql.print(LOANS)) },
  ])
  expect(errors?.map(String).join('\n')).toMatch(/Shared field "Query\.node".*non-intersecting/)
})

/** Neither would be true: see docs/adr/0011-what-routers-are-told.md. */
test.each(['cacheControl', 'policy'])('nothing bears @%s', (name) => {
  const found: string[] = []
  graphql.visit(typeDefs, { Directive: ({ name: { value } }) => void found.push(value) })
  expect(found).toContain('requiresScopes')
  expect(found).not.toContain(name)
})

test('no scope spreads to the Node of other subgraphs, as those on a type that implements it would', async () => {
  const supergraph = await compose()
  expect(directivesOn(supergraph.getType('Node')?.astNode)).not.toContain('requiresScopes')
})

test('the router learns the scopes of every root field that reads or changes what somebody owns', async () => {
  const supergraph = await compose()
  const roots = [supergraph.getQueryType(), supergraph.getMutationType(), supergraph.getSubscriptionType()]
  const unscoped = roots.flatMap((root) =>
    Object.values(root?.getFields() ?? {})
      .filter((field) => !directivesOn(field.astNode).some((name) => ['requiresScopes', 'inaccessible'].includes(name)))
      .map((field) => field.name),
  )
  expect(unscoped.toSorted()).toEqual(['institutions', 'loans', 'pinned', 'providers', 'sandbox', 'viewer'])
})

test('there is one graphql instance, for what is imported, what is required and what Apollo builds', () => {
  const required = createRequire(import.meta.url)('graphql') as typeof graphql
  expect(required.GraphQLSchema).toBe(graphql.GraphQLSchema)
  expect(buildSubgraphSchema([{ typeDefs }])).toBeInstanceOf(graphql.GraphQLSchema)
})

test('an input marked @oneOf takes exactly one of its fields', () => {
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: scalarResolvers }])
  const ask = (ref: string) => graphql.validate(schema, graphql.parse(`{ user(ref: ${ref}) { id } }`))
  expect(ask('{ externalId: "anna" }')).toEqual([])
  expect(ask('{ externalId: "anna", id: "usr_1" }').map(String)).not.toEqual([])
  expect(ask('{}').map(String)).not.toEqual([])
})
