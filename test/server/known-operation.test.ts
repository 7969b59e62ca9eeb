import { describe, expect, it } from 'vitest'
import { hashOf } from '../../src/graphql/pipeline/documents.ts'
import { NEGOTIATED } from '../../src/graphql/pipeline/known-operation.ts'
import { post, startGateway, type TestGateway } from './gateway-under-test.ts'

/** Written so that only Apollo's pipeline takes it. */
const APOLLO = { 'content-type': 'application/json;charset=UTF-8' }

const ask = async (gateway: TestGateway, body: unknown, headers: Record<string, string>) => {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': 'trace-0123456789', ...headers },
    body: JSON.stringify(body),
  })
  const { date: _date, ...rest } = Object.fromEntries(response.headers)
  return {
    status: response.status,
    headers: rest,
    text: (await response.text()).replace(/"retryAt":"[^"]+"/, '"retryAt":""'),
  }
}

const BODIES: readonly unknown[] = [
  { query: '{ hello whoami }' },
  { query: 'query Q($name: String) { hello(name: $name) }', variables: { name: 'Ada' }, operationName: 'Q' },
  { query: 'query Q($name: String) { hello(name: $name) }', variables: null, operationName: null, extensions: null },
  { query: '{ hello }', extensions: { clientLibrary: { name: 'x' } } },
  { query: 'query A { hello } query B { whoami }', operationName: 'B' },
  { query: '{ fails(with: GATEWAY) hello }' },
  { query: '{ fails(with: RATE) }' },
  { query: '{ needsAll(with: RATE) }' },
  { query: '{ needsAll(with: BUG) }' },
  { query: '{ needsAll(with: UNAUTHENTICATED) }' },
  { query: 'query ($by: By!) { pick(by: $by) }', variables: { by: { id: '1' } } },
  { query: '{ __typename things { nodes { id parent { id } } } }' },
  // What stays with Apollo, known or not.
  { query: 'query ($by: By!) { pick(by: $by) }', variables: { by: { id: '1', name: '2' } } },
  { query: 'query A { hello } query B { whoami }' },
  { query: 'query A { hello } query B { whoami }', operationName: 'C' },
  {
    query: 'query ($n: Int) { things(first: $n) { nodes { children(first: $n) { nodes { id tags { name } } } } } }',
    variables: { n: 99 },
  },
  { query: 'subscription { ticks { at } }' },
  { query: '{ hello }', variables: [] },
  { query: '{ hello }', operationName: 1 },
  { query: '{ hello }', extensions: { persistedQuery: { version: 1, sha256Hash: 'wrong' } } },
  { query: '', variables: {} },
]

describe('a known operation', () => {
  it.each(BODIES.map((body) => [JSON.stringify(body).slice(0, 90), body]))(
    'is answered as Apollo does: %s',
    async (_, body) => {
      await using gateway = await startGateway()
      for (const authorization of ['Bearer good', 'Bearer wrong', 'Bearer rate', 'Bearer store', 'Bearer bug']) {
        for (const accept of [...NEGOTIATED.keys(), 'text/html', 'application/json;q=0.1, */*;q=0.2']) {
          const expected = await ask(gateway, body, { ...APOLLO, authorization, accept })
          const actual = await ask(gateway, body, { authorization, accept })
          expect(actual).toEqual(expected)
        }
      }
      const [first, second] = [
        gateway.reports.length,
        new Set(gateway.reports.map(({ durationMs: _ms, ...report }) => JSON.stringify(report))),
      ]
      // Both ways report, and report the same.
      expect(first === 0 || second.size * 2 <= first).toBe(true)
    },
  )

  it('does not go through Apollo again', async () => {
    await using gateway = await startGateway()
    const query = '{ throughApollo }'
    expect((await post(gateway, { query })).body.data).toEqual({ throughApollo: true })
    expect((await post(gateway, { query })).body.data).toEqual({ throughApollo: false })
    expect((await post(gateway, { query }, { 'content-type': 'application/json; charset=utf-8' })).body.data).toEqual({
      throughApollo: false,
    })
    expect((await post(gateway, { query }, APOLLO)).body.data).toEqual({ throughApollo: true })
  })

  it('leaves persisted queries to Apollo', async () => {
    await using gateway = await startGateway()
    const query = '{ throughApollo }'
    for (let i = 0; i < 2; i += 1) await post(gateway, { query })
    const persistedQuery = { version: 1, sha256Hash: 'not the hash of it' }
    expect((await post(gateway, { query, extensions: { persistedQuery } })).status).toBe(400)
    persistedQuery.sha256Hash = hashOf(query)
    const byHash = { extensions: { persistedQuery } }
    expect((await post(gateway, byHash)).body.errors?.[0]?.extensions['code']).toBe('PERSISTED_QUERY_NOT_FOUND')
    expect((await post(gateway, { query, ...byHash })).body.data).toEqual({ throughApollo: true })
    expect((await post(gateway, byHash)).body.data).toEqual({ throughApollo: true })
  })
})
