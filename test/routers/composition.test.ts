import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSchema, type GraphQLSchema, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS } from './example.ts'
import { startSubgraphs, type Subgraphs } from './supergraph.ts'

let subgraphs: Subgraphs

beforeAll(async () => {
  subgraphs = await startSubgraphs()
})
afterAll(() => subgraphs[Symbol.asyncDispose]())

const QUIET = /^(?:INFO|DEBUG) /

/** Another team's subgraph that serves nothing but its schema. */
const serveSdl = async (body: string) => {
  const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n${body}`
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ data: { _service: { sdl } } }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    service: `planted=http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}

const fieldsOf = (schema: GraphQLSchema, name: string): readonly string[] => {
  const type = schema.getType(name)
  return isObjectType(type) ? Object.keys(type.getFields()) : []
}

describe('the example, composed by its own program', () => {
  test('has no hint worse than INFO', async () => {
    const { hints } = await subgraphs.compose()
    expect(hints.filter((hint) => !QUIET.test(hint))).toEqual([])
  })

  test('puts what the others know of a person and of a consent beside what is known here', async () => {
    const schema = buildSchema((await subgraphs.compose()).supergraph, { assumeValid: true })
    expect(fieldsOf(schema, 'User')).toEqual(expect.arrayContaining(['id', 'externalId', 'consents', 'account']))
    expect(fieldsOf(schema, 'Consent')).toEqual(expect.arrayContaining(['id', 'status', 'accounts', 'cases']))
    expect(fieldsOf(schema, 'Subscription')).toContain('consentEvents')
  })

  test('names the scopes, unless the router would refuse them', async () => {
    expect((await subgraphs.compose()).supergraph).toContain('specs.apollo.dev/requiresScopes')
    const { supergraph, hints } = await subgraphs.compose('DROPPED')
    expect(supergraph).not.toContain('requiresScopes')
    expect(hints.filter((hint) => !QUIET.test(hint))).toEqual([])
  })
})

describe('a planted conflict', () => {
  test('of kinds ends it, and is named', async () => {
    await using planted = await serveSdl('type User @key(fields: "externalId") { externalId: Int }')
    await expect(subgraphs.compose('KEPT', [planted.service])).rejects.toThrow(/externalId/)
  })

  test('of words alone is a hint that the test above would print', async () => {
    await using planted = await serveSdl(`
      "Something else altogether."
      type Consent @key(fields: "id") { id: ID! }
    `)
    const { hints } = await subgraphs.compose('KEPT', [planted.service])
    expect(hints.filter((hint) => !QUIET.test(hint))).toEqual([expect.stringContaining('Consent')])
  })
})

test('every command of the README is one that a test runs', () => {
  const run = [
    'npm start',
    'accounts.ts',
    'back-office.ts',
    'compose.ts consentgraph',
    'npm ci --prefix',
    'bin/hive-gateway',
    'compose.ts --without-authorization',
    'apollo-gateway.mjs',
  ]
  expect(COMMANDS).toEqual(run.map((part) => expect.stringContaining(part)))
})

test('a subgraph that does not answer is named', async () => {
  await expect(subgraphs.compose('KEPT', ['nobody'])).rejects.toThrow(/Not a subgraph: "nobody"/)
})
