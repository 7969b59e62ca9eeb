import { once } from 'node:events'
import { connect } from 'node:net'
import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { post, startGateway } from './gateway-under-test.ts'

const QUERY = JSON.stringify({ query: '{ hello }' })
const MEGABYTE = JSON.stringify({ query: '{ hello }', variables: { pad: 'x'.repeat(1024 * 1024) } })

describe('the HTTP server', () => {
  it.each([
    ['a body that is not JSON', '{"query":', {}, 400, 'BAD_REQUEST'],
    ['a body of 1 MB', MEGABYTE, {}, 413, 'PAYLOAD_TOO_LARGE'],
    ['a content type of its own', QUERY, { 'content-type': 'application/xml' }, 415, 'BAD_REQUEST'],
    ['a form, as a page of another origin could send', QUERY, { 'content-type': 'text/plain' }, 400, 'BAD_REQUEST'],
    [
      'an encoding that is not UTF-8',
      QUERY,
      { 'content-type': 'application/json; charset=utf-16' },
      415,
      'BAD_REQUEST',
    ],
    ['a compressed body', QUERY, { 'content-encoding': 'gzip' }, 415, 'BAD_REQUEST'],
    ['a body that is no object', '"query"', {}, 400, 'BAD_REQUEST'],
    ['an empty body', '', {}, 400, 'BAD_REQUEST'],
  ])('refuses %s', async (_name, body, headers, status, code) => {
    await using gateway = await startGateway()
    const answer = await post(gateway, body, headers)
    expect(answer.status).toBe(status)
    expect(answer.body.errors?.[0]?.extensions).toMatchObject({ code, requestId: answer.headers.get('x-request-id') })
    expect((await post(gateway, QUERY)).status).toBe(200)
  })

  it('names the limit of a body, also where its length is not said', async () => {
    await using gateway = await startGateway({ server: { bodyLimitBytes: 1000 } })
    const chunks = new Blob([MEGABYTE]).stream()
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: chunks, duplex: 'half' }
    const response = await fetch(`${gateway.url}/graphql`, init as RequestInit)
    expect(response.status).toBe(413)
    expect(JSON.stringify(await response.json())).toContain('1000 bytes')
  })

  it('refuses bytes that are not UTF-8', async () => {
    await using gateway = await startGateway()
    const body = Buffer.concat([
      Buffer.from('{"query":"{ hello(name: \\"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('\\") }"}'),
    ])
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(response.status).toBe(400)
  })

  it('blocks a GET without the header that a page of another origin cannot send', async () => {
    await using gateway = await startGateway()
    const address = `${gateway.url}/graphql?query=${encodeURIComponent('{ hello }')}`
    expect((await fetch(address)).status).toBe(400)
    const allowed = await fetch(address, { headers: { 'apollo-require-preflight': 'true' } })
    expect(await allowed.json()).toEqual({ data: { hello: 'hello world' } })
    const mutation = `${gateway.url}/graphql?query=${encodeURIComponent('mutation { bump }')}`
    expect((await fetch(mutation, { headers: { 'apollo-require-preflight': 'true' } })).status).toBe(405)
  })

  it('takes over a well-formed request id, else mints one, and gives it to the context', async () => {
    await using gateway = await startGateway()
    const given = await post(gateway, { query: '{ requestId }' }, { 'x-request-id': 'trace-0123456789' })
    expect(given.headers.get('x-request-id')).toBe('trace-0123456789')
    expect(given.body.data).toEqual({ requestId: 'trace-0123456789' })
    const failed = await post(gateway, { query: '{ nope }' }, { 'x-request-id': 'trace-0123456789' })
    expect(failed.body.errors?.[0]?.extensions['requestId']).toBe('trace-0123456789')
    for (const bad of ['short', `x${'y'.repeat(200)}`, 'with space in it', '-leading-dash']) {
      const answer = await post(gateway, { query: '{ requestId }' }, { 'x-request-id': bad })
      expect(answer.headers.get('x-request-id')).toMatch(/^req_/)
    }
  })

  it('says where GraphQL is when a path is unknown', async () => {
    await using gateway = await startGateway()
    const response = await fetch(`${gateway.url}/nowhere`)
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(JSON.stringify(await response.json())).toContain('GraphQL is at /graphql')
  })

  it('answers other methods with 405', async () => {
    await using gateway = await startGateway()
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const response = await fetch(`${gateway.url}/graphql`, { method })
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST'])
    }
  })

  it('lets pages of listed origins read answers, and no others', async () => {
    await using gateway = await startGateway()
    const from = async (origin: string, method: string) => {
      const headers = { origin, 'content-type': 'application/json', 'access-control-request-method': 'POST' }
      const init = { method, headers, ...(method === 'POST' ? { body: QUERY } : {}) }
      return (await fetch(`${gateway.url}/graphql`, init)).headers
    }
    const listed = await from('https://app.example.com', 'POST')
    expect(listed.get('access-control-allow-origin')).toBe('https://app.example.com')
    expect(listed.get('access-control-allow-credentials')).toBeNull()
    expect(listed.get('vary')).toBe('Origin')
    const preflight = await from('https://app.example.com', 'OPTIONS')
    expect(preflight.get('access-control-allow-headers')).toContain('authorization')
    for (const origin of ['https://app.example.com.evil.example', 'http://app.example.com', 'null']) {
      expect((await from(origin, 'POST')).get('access-control-allow-origin')).toBeNull()
      expect((await from(origin, 'OPTIONS')).get('access-control-allow-methods')).toBeNull()
    }
  })

  it('sends headers that keep answers out of caches, frames and guesses', async () => {
    await using gateway = await startGateway()
    const { headers } = await post(gateway, QUERY)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('x-powered-by')).toBeNull()
  })

  it('gives the context what it needs to know who asks, and until when', async () => {
    await using gateway = await startGateway()
    await post(gateway, QUERY, { authorization: 'Bearer good' })
    expect(gateway.contexts).toHaveLength(1)
    expect(gateway.contexts[0]).toMatchObject({
      authorization: 'Bearer good',
      transport: 'HTTP',
      remoteAddress: '127.0.0.1',
    })
    expect(gateway.contexts[0]?.deadline?.getTime()).toBeGreaterThan(Date.now())
    expect(gateway.reports).toMatchObject([{ type: 'query', name: null, transport: 'HTTP', errorCodes: [] }])
  })

  it('ends a connection that drips its headers', async () => {
    await using gateway = await startGateway({ server: { timeouts: { headersMs: 300, requestMs: 600, checkMs: 50 } } })
    const slow = connect(gateway.port, '127.0.0.1')
    slow.write('POST /graphql HTTP/1.1\r\nHost: localhost\r\n')
    const chunks: Buffer[] = []
    slow.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(slow, 'close')
    expect(String(Buffer.concat(chunks))).toContain('408 Request Timeout')
  })

  it('survives a caller who goes away in the middle of a body', async () => {
    await using gateway = await startGateway()
    const half = request(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': '100' },
    })
    half.on('error', () => {})
    half.write('{"query"')
    await once(half, 'socket')
    half.destroy()
    expect((await post(gateway, QUERY)).status).toBe(200)
    expect(gateway.faults).toEqual([])
  })
})

describe('routes', () => {
  it('serves routes of others with parameters, body and request id, and masks what they throw', async () => {
    await using gateway = await startGateway({
      server: {
        routes: [
          {
            method: 'POST',
            path: '/webhooks/:provider',
            handler: async ({ params, body, query, requestId }) => ({
              status: 202,
              body: `${params['provider']} ${query.get('a')} ${(await body()).toString('utf8')} ${requestId}`,
            }),
          },
          {
            method: 'GET',
            path: '/broken',
            handler: async () => {
              throw new Error('secret-words')
            },
          },
        ],
      },
    })
    const init = { method: 'POST', body: 'raw', headers: { 'x-request-id': 'trace-0123456789' } }
    const accepted = await fetch(`${gateway.url}/webhooks/a%2Fb?a=1`, init)
    expect([accepted.status, await accepted.text()]).toEqual([202, 'a/b 1 raw trace-0123456789'])
    expect((await fetch(`${gateway.url}/webhooks/x`)).status).toBe(405)
    expect((await fetch(`${gateway.url}/webhooks/%ff`, { method: 'POST' })).status).toBe(404)
    expect((await fetch(`${gateway.url}/webhooks/x`, { method: 'POST', body: 'x'.repeat(300_000) })).status).toBe(413)
    const broken = await fetch(`${gateway.url}/broken`)
    expect(broken.status).toBe(500)
    expect(await broken.text()).not.toContain('secret-words')
    expect(gateway.faults).toHaveLength(1)
  })

  it('tells alive from ready', async () => {
    let storeIsUp = false
    await using gateway = await startGateway({
      server: {
        readiness: {
          store: async () => {
            if (!storeIsUp) throw new Error('secret-words')
          },
        },
      },
    })
    expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200)
    const down = await fetch(`${gateway.url}/health/ready`)
    expect([down.status, await down.json()]).toEqual([503, { status: 'DOWN', checks: { store: 'DOWN' } }])
    storeIsUp = true
    const up = await fetch(`${gateway.url}/health/ready`)
    expect([up.status, await up.json()]).toEqual([200, { status: 'UP', checks: { store: 'UP' } }])
    expect((await fetch(`${gateway.url}/health/live`, { method: 'HEAD' })).status).toBe(200)
  })
})
