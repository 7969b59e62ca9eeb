import { ApolloServer, HeaderMap } from '@apollo/server'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../src/domain/errors.ts'
import { createPipeline, type HttpAnswer } from '../../src/graphql/pipeline/pipeline.ts'

const typeDefs = parse(/* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])
  enum CacheControlScope {
    PUBLIC
    PRIVATE
  }
  directive @cacheControl(
    maxAge: Int
    scope: CacheControlScope
    inheritMaxAge: Boolean
  ) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
  type Query {
    banks: Banks!
    bank(code: String!): Bank
    motto: String
    slogan: String @cacheControl(maxAge: 60)
    me: Person
    any: [Thing!]!
    partly: Banks!
  }
  type Mutation {
    rename: Bank
  }
  interface Named {
    name: String
  }
  type Banks @cacheControl(maxAge: 300) {
    nodes: [Bank!]!
    pageInfo: PageInfo! @cacheControl(inheritMaxAge: true)
    report: Report
    more: Banks @cacheControl(maxAge: 20)
  }
  type PageInfo @shareable {
    more: Boolean!
  }
  type Report {
    at: String
  }
  type Bank implements Named @key(fields: "code") @cacheControl(maxAge: 240) {
    code: String!
    name: String
    open: Boolean @cacheControl(maxAge: 0)
    rate: Int @cacheControl(maxAge: 5)
    failing: String
    named: Named
  }
  type Person implements Named @key(fields: "id") @cacheControl(maxAge: 30, scope: PRIVATE) {
    id: ID!
    name: String
    bank: Bank
  }
  type Loan @key(fields: "id") {
    id: ID!
  }
  union Thing = Bank | Person
`)

const bank = { __typename: 'Bank', code: 'b', name: 'Bank', open: true, rate: 1 }
const person = { __typename: 'Person', id: '1', name: 'Anna', bank }
const list = { nodes: [bank], pageInfo: { more: false }, report: { at: 'now' }, more: { nodes: [] } }
const schema = buildSubgraphSchema([
  {
    typeDefs,
    resolvers: {
      Query: {
        banks: () => list,
        bank: (_: unknown, { code }: { code: string }) => (code === 'b' ? bank : null),
        motto: () => 'm',
        slogan: () => 's',
        me: () => person,
        any: () => [bank, person],
        partly: (_: unknown, __: unknown, context: { isForNow: boolean }) => {
          context.isForNow = true
          return list
        },
      },
      Mutation: { rename: () => bank },
      Bank: {
        __resolveReference: ({ code }: { code: string }) => (code === 'b' ? bank : null),
        failing: () => {
          throw new GatewayError('PROVIDER_UNAVAILABLE')
        },
        named: () => person,
      },
      Person: { __resolveReference: () => person },
      Loan: { __resolveReference: (loan: object) => loan },
    },
  },
])

const JSON_HEADERS = { 'content-type': 'application/json' }

interface Asked {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly extensions?: object
}

/** By Apollo's pipeline, which takes every document the first time, and by its plan. */
const ask = async (body: Asked, operation: object = {}): Promise<readonly [HttpAnswer, HttpAnswer]> => {
  const pipeline = createPipeline({ schema, development: true, operationTimeoutMs: 5_000, onFault: () => {} })
  await pipeline.start()
  const post = { method: 'POST', headers: JSON_HEADERS, search: '', body, requestId: 'req_1' }
  const once = () => pipeline.http({ ...post, ...operation }, async () => ({ requestId: 'req_1', isForNow: false }))
  const answers = [await once(), await once()] as const
  await pipeline.stop()
  return answers
}

const ageIn = (header: string | undefined): number => Number(/max-age=(\d+)/.exec(header ?? '')?.[1] ?? 0)

const keptFor = async (query: string, variables: Asked['variables'] = {}, more: object = {}): Promise<number> => {
  const [first, second] = await ask({ query, variables, ...more })
  expect(second.headers['cache-control']).toBe(first.headers['cache-control'])
  expect(second.headers['vary']).toBe(first.headers['vary'])
  return ageIn(first.headers['cache-control'])
}

/** What the plugin says that ours stands in for. */
const apolloKeepsFor = async (query: string, variables: Asked['variables'] = {}): Promise<number> => {
  const server = new ApolloServer({ schema, logger: { debug() {}, info() {}, warn() {}, error() {} } })
  await server.start()
  const { headers } = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: 'POST',
      headers: new HeaderMap(Object.entries(JSON_HEADERS)),
      search: '',
      body: { query, variables },
    },
    context: async () => ({}),
  })
  await server.stop()
  const header = headers.get('cache-control')
  return header?.includes('private') === true ? 0 : ageIn(header)
}

const ENTITIES = `query ($of: [_Any!]!) { _entities(representations: $of) {
  ... on Bank { name } ... on Person { name } ... on Loan { id } } }`
const BANK = { __typename: 'Bank', code: 'b' }
const PERSON = { __typename: 'Person', id: '1' }

const NONE = {}
const AGES: readonly (readonly [query: string, age: number, variables: Asked['variables']])[] = [
  ['{ banks { nodes { code name } } }', 240, NONE],
  ['{ banks { pageInfo { more } } }', 300, NONE],
  ['{ banks { more { nodes { code } } } }', 20, NONE],
  ['{ banks { nodes { name rate } } }', 5, NONE],
  ['{ banks { nodes { open } } }', 0, NONE],
  ['{ banks { report { at } } }', 0, NONE],
  ['{ bank(code: "b") { name } }', 240, NONE],
  ['{ bank(code: "b") { named { name } } }', 0, NONE],
  ['{ slogan }', 60, NONE],
  ['{ motto }', 0, NONE],
  ['{ slogan motto }', 0, NONE],
  ['{ banks { pageInfo { more } } me { name } }', 0, NONE],
  ['{ me { bank { name } } }', 0, NONE],
  ['{ any { ... on Bank { name } } }', 0, NONE],
  ['{ ...All } fragment All on Query { banks { ...Some } } fragment Some on Banks { nodes { ... { rate } } }', 5, NONE],
  ['query A($yes: Boolean!) { slogan @include(if: $yes) bank(code: "b") { rate @skip(if: false) } }', 5, { yes: true }],
  ['{ banks { __typename } __typename }', 300, NONE],
  ['{ __schema { queryType { name } } }', 0, NONE],
  ['{ _service { sdl } }', 0, NONE],
  ['mutation { rename { name } }', 0, NONE],
  [ENTITIES, 240, { of: [BANK, BANK] }],
  [ENTITIES, 0, { of: [BANK, PERSON] }],
  [ENTITIES, 0, { of: [{ __typename: 'Loan', id: '1' }] }],
]

describe('an answer', () => {
  test.each(AGES)('to %s may be used again for %i s', async (query, age, variables) => {
    expect(await keptFor(query, variables)).toBe(age)
  })

  // Of a mutation that plugin says the same as of a query, and nobody keeps either.
  test.each(AGES.filter(([query]) => !query.startsWith('mutation')))(
    "to %s may be so by Apollo Server's own plugin",
    async (query, age, variables) => {
      expect(await apolloKeepsFor(query, variables)).toBe(age)
    },
  )

  test('says that it is for one credential, and to no cache that others share', async () => {
    for (const { headers } of await ask({ query: '{ slogan }', variables: {} })) {
      expect(headers).toMatchObject({ 'cache-control': 'max-age=60', vary: 'Authorization' })
    }
  })

  test('by GET says the same', async () => {
    const search = `?query=${encodeURIComponent('{ slogan }')}`
    const headers = { ...JSON_HEADERS, 'apollo-require-preflight': '1' }
    const [answer] = await ask({ query: '', variables: {} }, { method: 'GET', body: undefined, headers, search })
    expect([answer.body, answer.headers['cache-control']]).toEqual(['{"data":{"slogan":"s"}}', 'max-age=60'])
  })

  test.each([
    ['what is left out by a variable', '{ slogan motto @skip(if: true) }', {}, {}],
    ['an error', '{ bank(code: "b") { name failing } }', {}, {}],
    ['what was not found', '{ bank(code: "c") { name } }', {}, {}],
    ['an entity that was not found', ENTITIES, { of: [BANK, { __typename: 'Bank', code: 'c' }] }, {}],
    ['what was said to be for now', '{ partly { nodes { name } } }', {}, {}],
    ['what this caller alone was told', '{ slogan }', {}, { extensions: { cost: true } }],
    ['no document', '{ slogan', {}, {}],
  ])('with %s is kept by nobody', async (_, query, variables, more) => {
    expect(await keptFor(query, variables, more)).toBe(0)
  })
})
