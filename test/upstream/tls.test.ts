import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createUpstream } from '../../src/upstream/upstream.ts'
import { rejection, request } from './servers.ts'

/** Self-signed, made for this test, valid for a century: `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256`. */
const pem = (name: string): string => readFileSync(new URL(`tls/${name}`, import.meta.url), 'utf8')

/** Knows one client, and would rather speak HTTP/2. */
const startTls = async () => {
  const server = createSecureServer(
    {
      cert: pem('server.crt'),
      key: pem('server.key'),
      ca: pem('client.crt'),
      requestCert: true,
      rejectUnauthorized: true,
      allowHTTP1: true,
    },
    (incoming, response) => response.end(JSON.stringify({ version: incoming.httpVersion, names: incoming.rawHeaders })),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    baseUrl: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

const CLIENT = { cert: pem('client.crt'), key: pem('client.key') }

test('a client certificate and an authority of one’s own, over HTTP/1.1 with the case of names kept', async () => {
  await using server = await startTls()
  await using upstream = createUpstream({ baseUrl: server.baseUrl, tls: { ...CLIENT, ca: pem('server.crt') } })
  const response = await upstream.call(request({ headers: { 'Consent-JWT': 'a.b.c' } }))
  expect(response.json()).toMatchObject({ version: '1.1', names: expect.arrayContaining(['Consent-JWT']) })
})

test.each([
  ['an authority that nobody vouches for', CLIENT],
  ['another authority', { ...CLIENT, ca: pem('client.crt') }],
  ['no client certificate', { ca: pem('server.crt') }],
])('%s: no answer', async (_, tls) => {
  await using server = await startTls()
  await using upstream = createUpstream({ baseUrl: server.baseUrl, tls })
  expect(await rejection(upstream.call(request()))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
})
