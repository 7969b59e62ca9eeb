import { afterAll, beforeAll, expect, test } from 'vitest'
import { toInstitutionId } from '../../src/domain/institution.ts'
import { type Answer, type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'

let gateway: GatewayProcess

beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway[Symbol.asyncDispose]())

const codesOf = ({ errors }: Answer): readonly string[] => errors.map(({ extensions }) => extensions.code)

const CREATE =
  'mutation ($externalId: String!) { createUser(input: { externalId: $externalId }) { user { id } userErrors { ... on UserError { code } } } }'

test.each(['\ud800', 'a\udfff', 'a\0b'])('%j names no user, and cannot be made to', async (externalId) => {
  for (let tries = 0; tries < 2; tries += 1) {
    const { data } = await gateway.ask(CREATE, { externalId })
    expect(data).toEqual({ createUser: { user: null, userErrors: [{ code: 'INVALID_INPUT' }] } })
  }
  const query = 'query ($externalId: String!) { user(ref: { externalId: $externalId }) { id } }'
  expect((await gateway.ask(query, { externalId })).data).toEqual({ user: null })
})

test.each([
  'usr_\0',
  'con_\0',
  'aus_\ud800',
  `usr_${'x'.repeat(600)}`,
  toInstitutionId({ provider: 'OPEN_BANK_PROJECT', ref: 'a\0' }),
])('%j is nobody', async (id) => {
  expect((await gateway.ask('query ($id: ID!) { node(id: $id) { id } }', { id })).data).toEqual({ node: null })
})

test('a list of an institution that cannot be stored is NOT_FOUND', async () => {
  const id = toInstitutionId({ provider: 'OPEN_BANK_PROJECT', ref: 'a\0' })
  const query = 'query ($id: ID!) { consents(filter: { institutionId: $id }) { nodes { id } } }'
  expect(codesOf(await gateway.ask(query, { id }))).toEqual(['NOT_FOUND'])
})

test.each(['9999999999999999.con_x', '-9999999999999999.con_x', '-0.con_x', '007.con_x'])(
  'the cursor %j is none of ours',
  async (text) => {
    const after = Buffer.from(text).toString('base64url')
    const query = 'query ($after: String) { consents(after: $after) { nodes { id } } }'
    expect(codesOf(await gateway.ask(query, { after }))).toEqual(['INVALID_INPUT'])
  },
)

const ENTITIES = 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }'

test.each([{ toString: 1, valueOf: 1 }, [], [[['User']]], 1, null, true])(
  'a representation of the type %j is refused',
  async (typename) => {
    const answer = await gateway.ask(ENTITIES, { of: [{ __typename: typename, id: 'usr_x' }] })
    expect(codesOf(answer)).toEqual(['INVALID_INPUT'])
  },
)

test('a persisted query that is not the one named is a bad request', async () => {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query: '{ me { id } }',
      extensions: { persistedQuery: { version: 1, sha256Hash: 'another' } },
    }),
  })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
})

test('a validity to the end of all years asks for the longest that can be written', async () => {
  const { institutions } = await gateway.graphql<{ institutions: { nodes: readonly { id: string }[] } }>(
    '{ institutions(provider: [INSURELY], first: 1) { nodes { id } } }',
  )
  const input = {
    user: { externalId: 'demo-user' },
    target: { institutionId: institutions.nodes[0]!.id },
    psu: { personalNumber: '199001011234' },
    access: { validity: { until: '9999-12-31T23:59:59Z' } },
  }
  const answer = await gateway.ask(
    'mutation ($input: StartAuthorizationInput!) { startAuthorization(input: $input) { userErrors { __typename } } }',
    { input },
  )
  expect(codesOf(answer)).toEqual([])
})

test('the clock of the sandbox stays within years that can be written', async () => {
  const sandbox = await gateway.sandbox()
  await expect(sandbox.advance(1e300)).rejects.toThrow('400')
  await expect(sandbox.advance(-100 * 365 * 86_400_000)).rejects.toThrow('400')
  await sandbox.advance(1000)
  expect((await gateway.ask('{ sandbox { now } }')).errors).toEqual([])
})
