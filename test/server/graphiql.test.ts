import { describe, expect, it } from 'vitest'
import { createGraphiql, graphiqlLink } from '../../src/server/graphiql.ts'
import { startGateway } from './gateway-under-test.ts'

const HTML = { accept: 'text/html,application/xhtml+xml' }

describe('GraphiQL', () => {
  it('is served whole from here, under a policy that lets nothing else in', async () => {
    const { page, routes } = createGraphiql()
    await using gateway = await startGateway({ server: { page, routes } })
    const response = await fetch(`${gateway.url}/graphql`, { headers: HTML })
    const html = await response.text()
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self';")
    const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '')
    expect(addresses.filter((address) => !address.startsWith('/graphiql/'))).toEqual(['data:,'])

    const pending = addresses.filter((address) => address.startsWith('/'))
    const seen = new Set<string>()
    for (let address = pending.pop(); address !== undefined; address = pending.pop()) {
      if (seen.has(address)) continue
      seen.add(address)
      const asset = await fetch(new URL(address, gateway.url))
      expect([address, asset.status]).toEqual([address, 200])
      const text = await asset.text()
      if (!address.includes('graphql-ws') && !address.endsWith('boot.js')) continue
      for (const [, imported = ''] of text.matchAll(/from '([./][^']+)'/g)) {
        pending.push(new URL(imported, new URL(address, gateway.url)).pathname)
      }
    }
    expect(seen.size).toBeGreaterThanOrEqual(8)
  })

  it('serves nothing but its own files', async () => {
    const { page, routes } = createGraphiql()
    await using gateway = await startGateway({ server: { page, routes } })
    for (const path of [
      'package.json',
      '..%2f..%2fpackage.json',
      'constructor',
      'graphql-ws/server.js',
      'graphql-ws/..%2fx.js',
    ]) {
      expect((await fetch(`${gateway.url}/graphiql/${path}`)).status).toBe(404)
    }
  })

  it('is not there where no page is configured', async () => {
    await using gateway = await startGateway({ pipeline: { development: false } })
    const response = await fetch(`${gateway.url}/graphql`, { headers: HTML })
    expect(response.status).toBe(400)
    expect((await fetch(`${gateway.url}/graphiql/boot.js`)).status).toBe(404)
  })

  it('is opened by a link whose key stays in the fragment', () => {
    const link = new URL(
      graphiqlLink('http://localhost:4000', { query: '{ a(b: "c&d") }', headers: { authorization: 'Bearer k+/=' } }),
    )
    expect(`${link.pathname}${link.search}`).toBe('/graphql')
    const given = new URLSearchParams(link.hash.slice(1))
    expect(given.get('query')).toBe('{ a(b: "c&d") }')
    expect(JSON.parse(given.get('headers') ?? '')).toEqual({ authorization: 'Bearer k+/=' })
  })
})
