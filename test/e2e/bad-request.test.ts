import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { operationsOf } from './operations.ts'
import type { SandboxControl } from './sandbox-control.ts'

let gateway: GatewayProcess
let sandbox: SandboxControl

beforeAll(async () => {
  gateway = await startGateway()
  sandbox = await gateway.sandbox()
  // So that lists of banks are known, and a call during a test is one of that test.
  await gateway.graphql('{ institutions { totalCount } }')
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** What the gateway answers, having asked no bank. */
const untouched = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  const { result, calls } = await sandbox.callsDuring(work)
  expect(calls).toEqual([])
  return result
}

describe('what is no GraphQL request', () => {
  const post = async (body: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.apiKey}`, ...headers },
      body,
    })
    const { errors } = (await response.json()) as { errors: readonly { extensions: { code: string } }[] }
    return { status: response.status, code: errors[0]?.extensions.code }
  }
  const query = (text: string): string => JSON.stringify({ query: text })

  test.each<[string, string, number, string, Record<string, string>?]>([
    ['JSON that ends early', '{"query": "{ viewer', 400, 'BAD_REQUEST'],
    ['no JSON', 'query { viewer { scopes } }', 400, 'BAD_REQUEST'],
    ['a list', '[]', 400, 'BAD_REQUEST'],
    ['no query', '{}', 400, 'BAD_REQUEST'],
    ['a query that is no text', '{"query": 1}', 400, 'BAD_REQUEST'],
    ['variables that are no object', '{"query": "{ viewer { scopes } }", "variables": []}', 400, 'BAD_REQUEST'],
    ['another content type', query('{ viewer { scopes } }'), 415, 'BAD_REQUEST', { 'content-type': 'application/xml' }],
    ['a megabyte', query(`{ viewer { scopes } } # ${'x'.repeat(1024 * 1024)}`), 413, 'PAYLOAD_TOO_LARGE'],
    ['bad syntax', query('{ viewer { scopes }'), 400, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', query('{ viewer { secrets } }'), 400, 'GRAPHQL_VALIDATION_FAILED'],
    ['a subscription', query('subscription { consentEvents { __typename } }'), 400, 'SUBSCRIPTION_NEEDS_WEBSOCKET'],
    [
      'too deep',
      query(`{ user(ref: { externalId: "x" }) ${'{ consents { nodes { user '.repeat(8)} { id } ${'} } }'.repeat(8)} }`),
      400,
      'OPERATION_TOO_DEEP',
    ],
    [
      'too many aliases',
      query(`{ ${Array.from({ length: 50 }, (_, i) => `a${i}: viewer { scopes }`).join(' ')} }`),
      400,
      'OPERATION_TOO_WIDE',
    ],
    ['too many tokens', query(`{ ${'viewer { scopes } '.repeat(1000)} }`), 400, 'OPERATION_TOO_LARGE'],
  ])('%s', async (_, body, status, code, headers) => {
    expect(await untouched(() => post(body, headers))).toEqual({ status, code })
  })
})

describe('variables of the wrong shape', () => {
  const START = 'mutation ($input: StartAuthorizationInput!) { startAuthorization(input: $input) { consent { id } } }'
  const target = { institutionId: 'ins_x' }
  const user = { externalId: 'demo-user' }

  test.each<[string, object]>([
    ['null', { input: null }],
    ['no target', { input: { user } }],
    ['no user', { input: { target } }],
    ['two names of a user', { input: { user: { id: 'usr_1', externalId: 'x' }, target } }],
    ['no name of a user', { input: { user: {}, target } }],
    ['a null name of a user', { input: { user: { id: null }, target } }],
    ['two targets', { input: { user, target: { ...target, provider: 'OPEN_BANK_PROJECT' } } }],
    ['a provider that is none', { input: { user, target: { provider: 'SOME_BANK' } } }],
    ['a field that is none', { input: { user, target, psu: { shoeSize: 44 } } }],
    ['a number for text', { input: { user: { externalId: 5 }, target } }],
    ['a validity two ways', { input: { user, target, access: { validity: { seconds: 60, maximum: true } } } }],
    ['seconds that are no whole number', { input: { user, target, access: { validity: { seconds: 1.5 } } } }],
    ['seconds beyond 32 bits', { input: { user, target, access: { validity: { seconds: 1e12 } } } }],
    ['a day that does not exist', { input: { user, target, access: { validity: { until: '2030-02-30T00:00:00Z' } } } }],
    [
      'an instant without an offset',
      { input: { user, target, access: { validity: { until: '2030-01-01T00:00:00' } } } },
    ],
    ['a script for an address', { input: { user, target, returnTo: { success: 'javascript:alert(1)' } } }],
    ['plain http outside', { input: { user, target, returnTo: { success: 'http://app.example/' } } }],
    [
      'a user name in the address',
      { input: { user, target, returnTo: { success: 'https://me:secret@app.example/' } } },
    ],
    ['options of two providers', { input: { user, target, providerOptions: { openBankProject: {}, fiskil: {} } } }],
  ])('%s', async (_, variables) => {
    const answer = await untouched(() => gateway.ask(START, variables))
    expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    expect(answer.data ?? null).toBeNull()
  })
})

describe('arguments out of range', () => {
  const LISTS = ['institutions', 'users', 'consents', 'consentEvents'] as const
  const ofUser = (list: string): string =>
    `user(ref: { externalId: "demo-user" }) { ${list} { pageInfo { endCursor } } }`
  const top = (list: string): string => `${list} { pageInfo { endCursor } }`

  const listed = (argument: string): readonly (readonly [string])[] => [
    ...LISTS.map((list) => [`{ ${top(`${list}(${argument})`)} }`] as const),
    ...['consents', 'authSessions'].map((list) => [`{ ${ofUser(`${list}(${argument})`)} }`] as const),
  ]
  const refused = async (query: string, path: string) => {
    const { errors } = await untouched(() => gateway.ask(query))
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', path: [path] } }])
  }

  test.each([...listed('first: 0'), ...listed('first: 101'), ...listed('first: -1')])('%s', (query) =>
    refused(query, 'first'),
  )
  test.each([
    ...listed('after: "nonsense"'),
    ...listed('after: ""'),
    ...listed('after: "b2Zmc2V0LjE5OTk5OTk5OTk5OTk5"'),
  ])('%s', (query) => refused(query, 'after'))

  test.each([
    ['{ consent(id: "con_x", maxAgeSeconds: -1) { id } }', 'maxAgeSeconds'],
    ['{ user(ref: { externalId: "demo-user" }) { consents(maxAgeSeconds: -1) { totalCount } } }', 'maxAgeSeconds'],
    ['{ nodes(ids: []) { id } }', 'ids'],
    [`{ nodes(ids: [${'"con_x" '.repeat(101)}]) { id } }`, 'ids'],
    [`{ institutions(search: "${'x'.repeat(101)}") { totalCount } }`, 'search'],
  ])('%s', (query, path) => refused(query, path))

  test('of a history and an explanation', async () => {
    const { consent } = await operationsOf(gateway).begin()
    const query = `query ($id: ID!) { consent(id: $id, maxAgeSeconds: 1000) {
      history(first: 0) { nodes { id } } explain(first: 101) { nodes { rule } }
      a: history(after: "x") { nodes { id } } b: explain(after: "x") { nodes { rule } }
    } }`
    const { errors } = await untouched(() => gateway.ask(query, { id: consent.id }))
    expect(errors.map(({ extensions }) => [extensions.code, extensions['path']])).toEqual([
      ['INVALID_INPUT', ['first']],
    ])
  })
})

describe('users', () => {
  const errors = 'userErrors { __typename ... on UserError { code path } }'

  test.each(['', '   ', 'x'.repeat(256)])('may not be called %j', async (externalId) => {
    const query = `mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } ${errors} } }`
    expect(await gateway.graphql(query, { input: { externalId } })).toEqual({
      createUser: {
        user: null,
        userErrors: [{ __typename: 'InvalidInputError', code: 'INVALID_INPUT', path: ['input', 'externalId'] }],
      },
    })
  })

  test.each([
    [{ user: { externalId: 'nobody' } }, 'NotFoundError', 'NOT_FOUND', ['input', 'user']],
    [{ user: { id: 'con_x' } }, 'NotFoundError', 'NOT_FOUND', ['input', 'user']],
    [
      { user: { externalId: 'demo-user' }, ttlSeconds: 59 },
      'InvalidInputError',
      'INVALID_INPUT',
      ['input', 'ttlSeconds'],
    ],
    [
      { user: { externalId: 'demo-user' }, ttlSeconds: 3601 },
      'InvalidInputError',
      'INVALID_INPUT',
      ['input', 'ttlSeconds'],
    ],
    [
      { user: { externalId: 'demo-user' }, ttlSeconds: -60 },
      'InvalidInputError',
      'INVALID_INPUT',
      ['input', 'ttlSeconds'],
    ],
  ])('get no token for %j', async (input, __typename, code, path) => {
    const query = `mutation ($input: CreateUserTokenInput!) { createUserToken(input: $input) { token tokenExpiresAt ${errors} } }`
    expect(await gateway.graphql(query, { input })).toEqual({
      createUserToken: { token: null, tokenExpiresAt: null, userErrors: [{ __typename, code, path }] },
    })
  })
})
