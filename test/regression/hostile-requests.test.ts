import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'

let gateway: GatewayProcess
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway[Symbol.asyncDispose]())

const BODY = JSON.stringify({ query: '{ viewer { user { id } } }' })

/** What comes back to these lines and the body, to the end of the connection. */
const talk = async (headers: readonly string[]): Promise<string> => {
  const { port, hostname } = new URL(gateway.url)
  const socket = connect(Number(port), hostname).setEncoding('latin1')
  let said = ''
  socket.on('data', (chunk: string) => (said += chunk))
  socket.on('error', () => {})
  const always = [`content-length: ${BODY.length}`, 'host: x', 'connection: close']
  socket.write(['POST /graphql HTTP/1.1', ...always, ...headers, '', BODY].join('\r\n'))
  await once(socket, 'close')
  return said
}

const JSON_BODY = 'content-type: application/json'
const bearer = (credential: string): string => `authorization: Bearer ${credential}`

test('a client that offers HTTP/2 in plain text with its request is answered in HTTP/1.1', async () => {
  const offer = ['connection: Upgrade, HTTP2-Settings', 'upgrade: h2c', 'http2-settings: AAMAAABkAAQAAP__']
  const said = await talk([JSON_BODY, bearer(gateway.apiKey), ...offer])
  expect(said).toMatch(/^HTTP\/1\.1 200 /)
  expect(said).toContain('{"data":')
})

describe('of two copies of a header', () => {
  test.each([
    ['first', () => [bearer(gateway.apiKey), bearer('another')]],
    ['last', () => [bearer('another'), bearer(gateway.apiKey)]],
  ])('the %s credential is not picked: both together are none', async (_, headers) => {
    expect(await talk([JSON_BODY, ...headers()])).toMatch(/^HTTP\/1\.1 401 /)
  })

  test('no content type is picked either', async () => {
    expect(await talk([JSON_BODY, 'content-type: text/plain', bearer(gateway.apiKey)])).toMatch(/^HTTP\/1\.1 415 /)
  })

  test('no id of the request is picked: it gets one of ours', async () => {
    const said = await talk([
      JSON_BODY,
      bearer(gateway.apiKey),
      'x-request-id: trace-0123456789',
      'x-request-id: trace-9876543210',
    ])
    expect(said).toMatch(/x-request-id: req_/)
  })
})

describe('names that objects have anyway', () => {
  const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']

  test.each(NAMES)('%s, of an alias, a fragment, an operation and a variable, is a name', async (name) => {
    const query = `query ${name}($${name}: String!) { ...${name} } fragment ${name} on Query {
      ${name}: user(ref: { externalId: $${name} }) { id }
    }`
    const variables = JSON.parse(`{ "${name}": "demo-user" }`) as object
    const { text } = await gateway.ask(query, variables)
    expect(text).toMatch(new RegExp(`^\\{"data":\\{"${name}":\\{"id":"usr_\\w+"\\}\\}\\}$`))
  })

  test.each(NAMES)('%s gives no variable to who has not sent it', async (name) => {
    const { errors } = await gateway.ask(`query ($${name}: String!) { user(ref: { externalId: $${name} }) { id } }`)
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })

  test('variables cannot be handed down by a prototype, at the top or inside', async () => {
    const query = 'query ($ref: UserRef!) { user(ref: $ref) { id } }'
    for (const text of [
      '{ "__proto__": { "ref": { "externalId": "demo-user" } } }',
      '{ "ref": { "__proto__": { "externalId": "demo-user" } } }',
    ]) {
      const { errors } = await gateway.ask(query, JSON.parse(text) as object)
      expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT')
    }
    expect(({} as { externalId?: unknown }).externalId).toBeUndefined()
  })

  test.each(NAMES)('%s leads to no route, file, provider or object', async (name) => {
    for (const path of ['callback', 'graphiql', 'graphiql/graphql-ws', 'return?auth_session_id=']) {
      const address = path.endsWith('=') ? `${path}${name}` : `${path}/${name}`
      const answer = await fetch(`${gateway.url}/${address}`, { redirect: 'manual' })
      expect([address, answer.status]).toEqual([address, 404])
    }
    expect((await fetch(`${gateway.url}/webhooks/${name}`, { method: 'POST', body: '{}' })).status).toBe(404)
    const id = `ins_${Buffer.from(`${name}\nx`).toString('base64url')}`
    expect(await gateway.graphql('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [name, id] })).toEqual({
      nodes: [null, null],
    })
  })
})

test('names of users that only look alike are different users', async () => {
  const names = ['caf\u00e9', 'cafe\u0301', 'CAF\u00c9', 'cafe', ' cafe', 'cafe\u200b', 'c\u0430fe', '\u202ecafe']
  const ids = new Set<string>()
  for (const externalId of names) {
    const { createUser } = await gateway.graphql<{ createUser: { user: { id: string; externalId: string } } }>(
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id externalId } } }',
      { input: { externalId } },
    )
    expect(createUser.user.externalId).toBe(externalId)
    ids.add(createUser.user.id)
  }
  expect(ids.size).toBe(names.length)
})
