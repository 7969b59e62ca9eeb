import { serverAudits } from 'graphql-http'
import { describe, expect, it } from 'vitest'
import { post, startGateway } from './gateway-under-test.ts'

/** What the specification recommends and Apollo does not do: 200 for errors under application/json. */
const KNOWN_WARNINGS = new Set(['572B', 'FDE2', '7B9B'])

describe('GraphQL over HTTP', () => {
  it('passes the audits of graphql-http', async () => {
    await using gateway = await startGateway()
    const audits = serverAudits({ url: `${gateway.url}/graphql`, fetchFn: fetch })
    const results = []
    for (const audit of audits) results.push(await audit.fn())
    const failed = results.filter(
      (result) => result.status === 'error' || (result.status === 'warn' && !KNOWN_WARNINGS.has(result.id)),
    )
    expect(failed.map((result) => `${result.id} ${result.name} ${'reason' in result ? result.reason : ''}`)).toEqual([])
    expect(results.length).toBeGreaterThan(50)
  })

  it('answers a query', async () => {
    await using gateway = await startGateway()
    const answer = await post(gateway, { query: '{ hello }' })
    expect(answer).toMatchObject({ status: 200, body: { data: { hello: 'hello world' } } })
  })
})
