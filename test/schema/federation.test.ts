import { createRequire } from 'node:module'

import { composeServices } from '@apollo/composition'
import { buildSubgraphSchema } from '@apollo/subgraph'
import * as graphql from 'graphql'
import { describe, expect, test } from 'vitest'

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

const composeWith = (sdl: string, other: graphql.DocumentNode = LOANS) =>
  composeServices([
    { name: 'consentgraph', typeDefs: graphql.parse(sdl), url: 'http://consentgraph/graphql' },
    { name: 'loans', typeDefs: other, url: 'http://loans/graphql' },
  ])

/** Of the level DEBUG: nothing in a supergraph has it, since the directive is dropped. */
const ENUM_OF_A_DIRECTIVE = 'UNUSED_ENUM_TYPE'

const codesOf = (hints: ReturnType<typeof composeServices>['hints']): readonly string[] =>
  (hints ?? []).map(({ definition }) => definition.code)

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

/** It would not be true: see docs/adr/0011-what-routers-are-told.md. */
test('nothing bears @policy', () => {
  const found: string[] = []
  graphql.visit(typeDefs, { Directive: ({ name: { value } }) => void found.push(value) })
  expect(found).toContain('requiresScopes')
  expect(found).not.toContain('policy')
})

test('other graphs may ask more than scopes for what they add: a policy, or that somebody has signed in', async () => {
  const stricter = graphql
    .print(LOANS)
    .replace('"@inaccessible"', '"@inaccessible", "@policy", "@authenticated", "@requiresScopes"')
    .replace(
      'loans: [Loan!]!',
      'loans: [Loan!]! @policy(policies: [["adults"]]) @requiresScopes(scopes: [["loans:read"]])',
    )
    .replace('basis: Consent', 'basis: Consent @authenticated')
  const { supergraphSdl, errors, hints } = composeWith(await servedSdl(), graphql.parse(stricter))
  expect([errors, codesOf(hints)]).toEqual([undefined, [ENUM_OF_A_DIRECTIVE]])
  const user = graphql.buildSchema(supergraphSdl ?? '', { assumeValid: true }).getType('User')
  const fields = graphql.isObjectType(user) ? user.getFields() : {}
  const rightsOn = (name: string) =>
    fields[name]?.astNode?.directives?.flatMap((each) =>
      each.name.value.startsWith('join__') ? [] : graphql.print(each),
    )
  expect(rightsOn('loans')).toEqual(['@requiresScopes(scopes: [["loans:read"]])', '@policy(policies: [["adults"]])'])
  expect(rightsOn('consents')).toEqual(['@requiresScopes(scopes: [["consents:read"]])'])
})

describe('@cacheControl', () => {
  const hinted: Readonly<Record<string, string>>[] = []
  graphql.visit(typeDefs, {
    enter: (node, _key, parent) => {
      if (!('directives' in node) || !('name' in node) || !Array.isArray(parent)) return
      for (const each of node.directives ?? []) {
        if (each.name.value === 'cacheControl') hinted.push({ on: node.name?.value ?? '', says: graphql.print(each) })
      }
    },
  })
  const saying = (pattern: RegExp) => hinted.flatMap(({ on, says = '' }) => (pattern.test(says) ? [on] : []))

  test('lets nothing be kept but what is nobody’s, and that for less than a list is served without asking', () => {
    expect(saying(/maxAge: [1-9]/)).toEqual(['Institution', 'InstitutionConnection', 'Provider'])
    expect(saying(/maxAge: (?!0\)|0,|300\))/)).toEqual([])
  })

  test('says of what a person has that it is theirs', () => {
    expect(saying(/PRIVATE/)).toEqual(['AuthSession', 'Consent', 'User'])
    expect(saying(/PRIVATE/)).toEqual(saying(/maxAge: 0, scope/))
  })

  test('does not come into the supergraph, whoever else uses it', async () => {
    const too = graphql
      .print(LOANS)
      .replace('type Loan implements Node', 'type Loan implements Node @cacheControl(maxAge: 5)')
    expect(too).toContain('@cacheControl')
    const usual = `
      enum CacheControlScope { PUBLIC PRIVATE }
      directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION`
    const { supergraphSdl, errors, hints, schema } = composeWith(await servedSdl(), graphql.parse(too + usual))
    expect([errors, codesOf(hints)]).toEqual([undefined, [ENUM_OF_A_DIRECTIVE]])
    expect(supergraphSdl).not.toContain('@cacheControl')
    expect(schema?.toAPISchema().type('CacheControlScope')).toBeUndefined()
  })
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
