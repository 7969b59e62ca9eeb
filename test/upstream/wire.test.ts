import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { toPath } from '../../src/upstream/request.ts'
import { createUpstream } from '../../src/upstream/upstream.ts'
import { rejection, request, startHttp, type TestServer } from './servers.ts'

const startEcho = async (): Promise<TestServer & { readonly seen: (IncomingMessage & { body?: string })[] }> => {
  const seen: (IncomingMessage & { body?: string })[] = []
  const server = await startHttp((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      seen.push(Object.assign(incoming, { body: Buffer.concat(chunks).toString() }))
      response.setHeader('X-Answer', 'yes')
      response.end('{"ok":true}')
    })
  })
  return Object.assign(server, { seen })
}

test('header names go out in the case in which they were written', async () => {
  await using server = await startEcho()
  await using upstream = createUpstream({
    baseUrl: server.baseUrl,
    headers: { 'Insurely-Version': '2026-04-01' },
    requestIdHeader: 'X-Correlation-ID',
  })
  await upstream.call(
    request({ headers: { 'Consent-JWT': 'a.b.c', 'authorization-token': 'key', DirectLogin: 'token=t' } }),
  )
  const names = server.seen[0]?.rawHeaders.filter((_, index) => index % 2 === 0)
  expect(names).toEqual(
    expect.arrayContaining([
      'Consent-JWT',
      'authorization-token',
      'DirectLogin',
      'Insurely-Version',
      'X-Correlation-ID',
    ]),
  )
  expect(server.seen[0]?.headers['x-correlation-id']).toBe('req_test')
  expect(server.seen[0]?.httpVersion).toBe('1.1')
})

test('a header of the call stands in for the default of the same spelling, and undefined leaves it out', async () => {
  await using server = await startEcho()
  await using upstream = createUpstream({ baseUrl: server.baseUrl, requestIdHeader: null })
  await upstream.call(request({ headers: { Accept: 'text/html' } }))
  await upstream.call(request({ headers: { Accept: undefined } }))
  await upstream.call(request())
  expect(server.seen.map(({ headers }) => headers.accept)).toEqual(['text/html', undefined, 'application/json'])
  expect(server.seen.flatMap(({ rawHeaders }) => rawHeaders)).not.toContain('req_test')
})

test('address, query and body arrive as they were meant', async () => {
  await using server = await startEcho()
  await using upstream = createUpstream({ baseUrl: `${server.baseUrl}/obp/v3.1.0/` })
  const id = 'a/b?c=d#e ü'
  await upstream.call(
    request({ path: toPath`/consents/${id}/x`, query: { limit: 5, all: true, none: undefined, 'a&b': 'c=d' } }),
  )
  await upstream.call(request({ method: 'POST', path: '/consents', json: { name: 'ü' } }))
  await upstream.call(
    request({ method: 'POST', path: '/consents', body: 'a=b', headers: { 'Content-Type': 'text/plain' } }),
  )
  expect(server.seen.map(({ method, url, body, headers }) => [method, url, body, headers['content-type']])).toEqual([
    ['GET', '/obp/v3.1.0/consents/a%2Fb%3Fc%3Dd%23e%20%C3%BC/x?limit=5&all=true&a%26b=c%3Dd', '', undefined],
    ['POST', '/obp/v3.1.0/consents', '{"name":"ü"}', 'application/json'],
    ['POST', '/obp/v3.1.0/consents', 'a=b', 'text/plain'],
  ])
})

test('an id cannot lead to another resource', () => {
  for (const id of ['', '.', '..'])
    expect(() => toPath`/sessions/${id}`).toThrow(expect.objectContaining({ code: 'INTERNAL' }))
  expect(toPath`/sessions/${'...'}`).toBe('/sessions/...')
  expect(toPath`/sessions/${'a'}/accounts/${'b'}`).toBe('/sessions/a/accounts/b')
})

test.each(['sessions', '//host@evil', '/a?token=1', '/a#b', '/a/../b', '/a/.', '/a b', '/a\r\nb'])(
  'a path that is no plain path is not sent: %j',
  async (path) => {
    await using server = await startEcho()
    await using upstream = createUpstream({ baseUrl: server.baseUrl })
    const outcome = await upstream.call(request({ path })).catch((error: unknown) => error)
    if (path === '//host@evil') expect(server.seen[0]?.url).toBe(path) // a path of the same origin, whatever it looks like
    else {
      expect(outcome).toMatchObject({ code: 'INTERNAL' })
      expect(server.seen).toEqual([])
    }
  },
)

test('a header that would split the request is not sent, and its value is not told', async () => {
  await using server = await startEcho()
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const error = await rejection(upstream.call(request({ headers: { 'X-A': 'secret\r\nX-B: 1' } })))
  expect(error).toMatchObject({ code: 'INTERNAL' })
  expect(`${error.message} ${String(error.cause)}`).not.toContain('secret')
  expect(server.seen).toEqual([])
})

test('the answer has its headers in lower case, whatever its status, and redirects are not followed', async () => {
  await using elsewhere = await startEcho()
  await using server = await startHttp((_, response) => {
    response.writeHead(302, { Location: elsewhere.baseUrl, 'Set-Cookie': ['a=1', 'b=2'] }).end()
  })
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const response = await upstream.call(request())
  expect(response.status).toBe(302)
  expect(response.header('Location')).toBe(elsewhere.baseUrl)
  expect(response.headers['set-cookie']).toEqual(['a=1', 'b=2'])
  expect(elsewhere.seen).toEqual([])
})
