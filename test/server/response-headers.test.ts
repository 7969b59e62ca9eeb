import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callbackRoutes } from '../../src/server/callback-route.ts'
import { createGraphiql } from '../../src/server/graphiql.ts'
import { healthRoutes } from '../../src/server/health.ts'
import { jwksRoute, statementKeysRoute } from '../../src/server/jwks-route.ts'
import type { Route } from '../../src/server/route.ts'
import { sandboxRoutes } from '../../src/server/sandbox-route.ts'
import { webhookRoute } from '../../src/server/webhook-route.ts'
import { startGateway, type TestGateway } from './gateway-under-test.ts'

const graphiql = createGraphiql()

/** Every route that the server can have, by the file that makes it. */
const ROUTES: Readonly<Record<string, readonly Route[]>> = {
  'callback-route.ts': callbackRoutes({ complete: async () => null, find: async () => null }),
  'graphiql.ts': graphiql.routes,
  'health.ts': healthRoutes({ checks: {}, isDraining: () => false, timeoutMs: 1_000, onFailure: () => {} }),
  'jwks-route.ts': [jwksRoute(async () => ({ keys: [] })), statementKeysRoute(async () => ({ keys: [] }))],
  'sandbox-route.ts': sandboxRoutes({ guide: [], inboxUrl: 'http://127.0.0.1/inbox', phoneUrl: 'http://127.0.0.1/' }),
  'webhook-route.ts': [webhookRoute({ receive: async () => true })],
}

test('every file that makes routes is here', () => {
  const directory = join(import.meta.dirname, '../../src/server')
  const makers = globSync('*.ts', { cwd: directory }).filter(
    (name) => name !== 'route.ts' && /\bpath: ['A-Z]/.test(readFileSync(join(directory, name), 'utf8')),
  )
  expect(makers.filter((name) => name !== 'server.ts').toSorted()).toEqual(Object.keys(ROUTES).toSorted())
})

let gateway: TestGateway
beforeAll(async () => {
  const routes = Object.entries(ROUTES).flatMap(([maker, made]) => (maker === 'health.ts' ? [] : made))
  gateway = await startGateway({ server: { routes, page: graphiql.page } })
})
afterAll(() => gateway[Symbol.asyncDispose]())

const POLICY = /^default-src 'none'; (?:[^;]+; )*frame-ancestors (?:'none'|https:\/\/\S+)$/

const expectSafe = (headers: Headers): void => {
  expect(headers.get('content-security-policy')).toMatch(POLICY)
  expect(headers.get('content-security-policy')).not.toMatch(/script-src[^;]*(?:unsafe|\*|https?:)/)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('x-powered-by')).toBeNull()
  expect(headers.get('server')).toBeNull()
  expect(headers.get('set-cookie')).toBeNull()
}

/** Files that are the same for everybody, and the public keys: everything else is kept by no cache. */
const MAY_BE_KEPT = new Set([
  '/graphiql/:file',
  '/graphiql/graphql-ws/:file',
  '/.well-known/jwks.json',
  '/.well-known/statement-keys.json',
])

describe('an answer', () => {
  const all = Object.values(ROUTES).flatMap((made) => made.map(({ method, path }) => [method, path] as const))

  test.each(all)('of %s %s is safe to show', async (method, path) => {
    for (const file of ['boot.js', 'client.js', 'unknown']) {
      const address = path.replace(':file', file).replace(/:\w+/, 'anything')
      const response = await fetch(`${gateway.url}${address}`, { method, redirect: 'manual' })
      expectSafe(response.headers)
      const shared = path.startsWith('/.well-known/')
      expect(response.headers.get('cross-origin-resource-policy')).toBe(shared ? 'cross-origin' : 'same-origin')
      if (!MAY_BE_KEPT.has(path)) expect(response.headers.get('cache-control')).toBe('no-store')
    }
  })

  test.each([
    ['GET', '/nothing-here', {}],
    ['PATCH', '/health/live', {}],
    ['OPTIONS', '/graphql', {}],
    ['GET', '/graphql', { accept: 'text/html' }],
    ['GET', '/graphql?query={hello}', { 'apollo-require-preflight': '1' }],
    ['GET', '/graphql?query={hello}', {}],
    ['PUT', '/graphql', {}],
    ['GET', '/graphql?query={hello}', { accept: 'text/event-stream', 'apollo-require-preflight': '1' }],
    ['GET', '/graphql?query={hello}', { authorization: 'Bearer wrong', 'apollo-require-preflight': '1' }],
  ] as const)('to %s %s %j is safe to show', async (method, path, headers) => {
    const response = await fetch(`${gateway.url}${path}`, { method, headers })
    expectSafe(response.headers)
    expect(response.headers.get('cache-control')).toMatch(/\bno-(?:store|cache)\b/)
  })
})
