import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { post, startGateway, type TestGateway } from './gateway-under-test.ts'
import { openSocket } from './socket-client.ts'

const HELLO = 'query Hello($name: String) { hello(name: $name) }'
const BUMP = 'mutation Bump { bump }'
const sha256 = (text: string): string => hash('sha256', text)

const operations = [
  { id: 'hello-1', name: 'Hello', body: HELLO },
  { id: sha256(BUMP), name: 'Bump', body: BUMP },
]

const start = (only: boolean): Promise<TestGateway> => startGateway({ pipeline: { persisted: { operations, only } } })

const variables = { name: 'Anna' }
const ANSWER = { hello: 'hello Anna' }
const persistedQuery = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } })

/** How clients name a document, by who does. */
const BY_REFERENCE = {
  'the id, as Relay does': { documentId: 'hello-1' },
  'its hash, of the GraphQL over HTTP draft': { documentId: `sha256:${sha256(HELLO)}` },
  'the id, as Apollo and urql do': { extensions: persistedQuery('hello-1') },
  'its hash, as they do': { extensions: persistedQuery(sha256(HELLO)) },
  'its text': { query: HELLO },
  'its text and its hash': { query: HELLO, extensions: persistedQuery(sha256(HELLO)) },
}

const REFUSED = {
  'another text': { query: '{ hello }' },
  'nearly its text': { query: `${HELLO} ` },
  'another text with a known hash': { query: '{ hello }', extensions: persistedQuery(sha256(HELLO)) },
  'another text with a known id': { query: '{ hello }', documentId: 'hello-1' },
  'an unknown id': { documentId: 'unknown' },
  'an unknown hash': { extensions: persistedQuery(sha256('{ hello }')) },
  'the schema': { query: '{ __schema { types { name } } }' },
}

const overSocket = async (gateway: TestGateway, payload: object) => {
  await using client = await openSocket(gateway)
  await client.init()
  client.send({ type: 'subscribe', id: 'a', payload: { query: '', ...payload } })
  const { type, payload: answer } = await client.next()
  return type === 'error' ? { errors: answer } : answer
}

const overStream = async (gateway: TestGateway, payload: object) => {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(payload),
  })
  const [, data = '{}'] = /^data: (.+)$/m.exec(await response.text()) ?? []
  return JSON.parse(data) as object
}

const byGet = async (gateway: TestGateway, payload: object) => {
  const search = new URLSearchParams(
    Object.fromEntries(
      Object.entries(payload).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    ),
  )
  const headers = { 'apollo-require-preflight': '1' }
  const response = await fetch(`${gateway.url}/graphql?${search.toString()}`, { headers })
  return (await response.json()) as object
}

describe.each([true, false])('with a manifest, and nothing else run: %s', (only) => {
  it.each(Object.entries(BY_REFERENCE))('a document is found by %s, on every transport', async (_name, reference) => {
    await using gateway = await start(only)
    const payload = { ...reference, variables }
    // The second time beside Apollo's pipeline.
    for (let times = 0; times < 2; times += 1) expect((await post(gateway, payload)).body).toEqual({ data: ANSWER })
    for (const ask of [overSocket, overStream, byGet]) expect(await ask(gateway, payload)).toEqual({ data: ANSWER })
    expect(gateway.faults).toEqual([])
  })
})

it.each(Object.entries(REFUSED))('nothing else is run: %s, on any transport', async (_name, payload) => {
  await using gateway = await start(true)
  const refused = { errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_IN_LIST', retryable: false } }] }
  const { status, body } = await post(gateway, payload)
  expect([status, body]).toMatchObject([400, refused])
  for (const ask of [overSocket, overStream, byGet]) {
    const answer = await ask(gateway, payload)
    expect(answer).toMatchObject(refused)
    expect(answer).not.toHaveProperty('data')
  }
  expect(gateway.contexts.filter(({ transport }) => transport !== 'WEBSOCKET')).toEqual([])
})

it('what changes something is asked by id too, and never by GET', async () => {
  await using gateway = await start(true)
  expect((await post(gateway, { documentId: sha256(BUMP) })).body).toEqual({ data: { bump: 1 } })
  expect(await byGet(gateway, { documentId: sha256(BUMP) })).toMatchObject({ errors: [{}] })
  expect((await post(gateway, { documentId: sha256(BUMP) })).body).toEqual({ data: { bump: 2 } })
})

it('without a manifest an id is answered with an error that says so', async () => {
  await using gateway = await startGateway()
  const { status, body } = await post(gateway, { documentId: 'hello-1' })
  expect([status, body.errors?.[0]?.extensions['code']]).toEqual([400, 'PERSISTED_QUERY_NOT_IN_LIST'])
})

it.each([
  ['a field that is not there', 'query A { nothing }', 'Cannot query field'],
  ['a syntax error', 'query A {', 'Syntax Error'],
  ['more than the limits', `query A { ${'hello '.repeat(11)} }`, 'root fields'],
])('an operation with %s is named at the start', async (_name, body, said) => {
  const persisted = { operations: [...operations, { id: 'a', name: 'A', body }], only: true }
  await expect(startGateway({ pipeline: { persisted } })).rejects.toThrow(
    expect.objectContaining({ message: expect.stringMatching(new RegExp(`A \\(a\\): .*${said}`)) }),
  )
})
