import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'

let gateway: GatewayProcess
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** The rule of graphql-js evaluates them without variables, and throws in the midst of validating. */
test.each([
  'subscription { consentStatusChanged @skip(if: $missing) { id } }',
  'subscription { consentStatusChanged @include(if: "secret words") { id } }',
  'subscription { ... @include(if: $missing) { consentStatusChanged { id } } }',
  'subscription { ...All } fragment All on Subscription { consentStatusChanged @skip(if: $missing) { id } }',
])('a condition on the root of a subscription is refused, and nothing of it is printed: %s', async (query) => {
  const posted = await gateway.ask(query)
  expect(posted.status).toBe(400)
  expect(posted.errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }])
  const got = await fetch(`${gateway.url}/graphql?query=${encodeURIComponent(query)}`, {
    headers: { 'apollo-require-preflight': '1', authorization: `Bearer ${gateway.apiKey}` },
  })
  expect(got.status).toBe(400)
  await using socket = gateway.live()
  const stream = socket.subscribe<Record<string, unknown>, string>('consentStatusChanged', query)
  const refused: unknown = await stream.next().catch((error: unknown) => error)
  expect(JSON.stringify(refused)).toContain('GRAPHQL_VALIDATION_FAILED')
  expect(gateway.printed.log + gateway.printed.out).not.toMatch(/secret words|Unexpected error/)
})
