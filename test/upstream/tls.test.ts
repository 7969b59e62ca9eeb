import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { expect, test } from 'vitest'
import { createUpstream } from '../../src/upstream/upstream.ts'
import { callWithin, createGate, rejection, request, startTcp } from './servers.ts'

/** Self-signed, made for this test, valid for a century: `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256`. */
const pem = (name: string): string => readFileSync(new URL(`tls/${name}`, import.meta.url), 'utf8')

/** Knows one client, and would rather speak HTTP/2. */
const startTls = async () => {
  const paths: string[] = []
  const server = createSecureServer(
    {
      cert: pem('server.crt'),
      key: pem('server.key'),
      ca: pem('client.crt'),
      requestCert: true,
      rejectUnauthorized: true,
      allowHTTP1: true,
    },
    (incoming, response) => {
      paths.push(incoming.url)
      response.end(JSON.stringify({ version: incoming.httpVersion, names: incoming.rawHeaders }))
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    paths,
    baseUrl: `https://127.0.0.1:${port}`,
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

test('a call that ended while its connection was being made is not sent once the connection is there', async () => {
  await using server = await startTls()
  const through = createGate()
  await using slow = await startTcp((socket, bytes) => {
    socket.removeAllListeners('data')
    socket.pause()
    void through.opened.then(() => {
      const onward = connect(server.port, '127.0.0.1').on('error', () => undefined)
      onward.write(bytes, 'latin1')
      socket.pipe(onward).pipe(socket)
    })
  })
  await using upstream = createUpstream({
    baseUrl: `https://127.0.0.1:${slow.port}`,
    tls: { ...CLIENT, ca: pem('server.crt') },
    concurrency: 1,
    connectTimeoutMs: 60_000,
  })
  const late = rejection(upstream.call(request({ path: '/late', effect: 'possible', call: callWithin(100) })))
  expect(await late).toMatchObject({ code: 'PROVIDER_TIMEOUT' })
  through.open()
  expect((await upstream.call(request({ path: '/next' }))).status).toBe(200)
  expect(server.paths).toEqual(['/next'])
})
