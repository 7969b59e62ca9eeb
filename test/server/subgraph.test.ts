import { buildSubgraphSchema } from '@apollo/subgraph'
import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/domain/errors.ts'
import { createPipeline } from '../../src/graphql/pipeline/pipeline.ts'

const typeDefs = parse(/* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Query {
    ok: Boolean
  }
  interface Named @key(fields: "id") {
    id: ID!
    name: String
  }
  type User implements Named @key(fields: "id") {
    id: ID!
    name: String
  }
  type Bank @key(fields: "id") {
    id: ID!
    country: String
  }
`)

const user = (id: string) => ({ __typename: 'User', id, name: `user ${id}` })
const schema = buildSubgraphSchema([
  {
    typeDefs,
    resolvers: {
      User: { __resolveReference: async ({ id }: { id: string }) => (id === 'gone' ? null : user(id)) },
      Named: { __resolveReference: ({ id }: { id: string }) => user(id), __resolveType: () => 'User' },
      Bank: {
        // Asynchronous: what is thrown at once takes all entities of the request with it.
        __resolveReference: async ({ id }: { id: string }) => {
          if (id === 'down') throw new GatewayError('PROVIDER_UNAVAILABLE')
          return { id, country: 'SE' }
        },
      },
    },
  },
])

// oxlint-disable-next-line typescript/no-explicit-any -- JSON, as a router reads it
const ask = async (query: string, variables: unknown): Promise<any> => {
  const pipeline = createPipeline({ schema, development: false, operationTimeoutMs: 5_000, onFault: () => {} })
  await pipeline.start()
  const headers = { 'content-type': 'application/json' }
  const operation = { method: 'POST', headers, search: '', body: { query, variables }, requestId: 'req_1' }
  const { body } = await pipeline.http(operation, async () => ({ requestId: 'req_1' }))
  await pipeline.stop()
  return JSON.parse(body)
}

describe('a subgraph', () => {
  it('resolves entities, whole and in part', async () => {
    const representations = [
      { __typename: 'User', id: '1' },
      { __typename: 'Bank', id: '2' },
      { __typename: 'User', id: 'gone' },
      { __typename: 'Bank', id: 'down' },
      { __typename: 'Named', id: '3' },
    ]
    const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      __typename ... on User { name } ... on Bank { country } } }`
    const { data, errors } = await ask(query, { representations })
    expect(data).toEqual({
      _entities: [
        { __typename: 'User', name: 'user 1' },
        { __typename: 'Bank', country: 'SE' },
        null,
        null,
        { __typename: 'User', name: 'user 3' },
      ],
    })
    expect(errors).toMatchObject([{ path: ['_entities', 3], extensions: { code: 'PROVIDER_UNAVAILABLE' } }])
  })

  it('serves its SDL where introspection is off', async () => {
    const { data } = await ask('{ _service { sdl } }', {})
    expect(data._service.sdl).toContain('@key(fields: "id")')
  })
})
