import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import type { ErrorCode } from '../../src/domain/errors.ts'
import type { Effect } from '../../src/upstream/request.ts'
import { createUpstream } from '../../src/upstream/upstream.ts'
import { callWithin, createGate, freeAddress, rejection, request, startHttp, startTcp } from './servers.ts'

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'

/** What a server does to a connection once a request has arrived, and what that means without and with an effect. */
const AFTER_SENDING: Record<string, { act: (socket: Socket) => void; read: ErrorCode }> = {
  'reset before the answer': { act: (socket) => socket.resetAndDestroy(), read: 'PROVIDER_UNAVAILABLE' },
  'closed before the answer': { act: (socket) => socket.end(), read: 'PROVIDER_UNAVAILABLE' },
  'reset after the headers': {
    act: (socket) => socket.write(`${HEAD}Content-Length: 9\r\n\r\n{"a"`, () => socket.resetAndDestroy()),
    read: 'PROVIDER_UNAVAILABLE',
  },
  'cut inside a body of known length': {
    act: (socket) => socket.end(`${HEAD}Content-Length: 9\r\n\r\n{"a"`),
    read: 'PROVIDER_UNAVAILABLE',
  },
  'cut inside a body of chunks': {
    act: (socket) => socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n`),
    read: 'PROVIDER_UNAVAILABLE',
  },
  'cut inside a body of chunks, closing announced': {
    act: (socket) => socket.end(`${HEAD}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n`),
    read: 'PROVIDER_UNAVAILABLE',
  },
  'cut inside the headers': { act: (socket) => socket.end(HEAD), read: 'PROVIDER_UNAVAILABLE' },
  'not HTTP': { act: (socket) => socket.end('220 mail.example ESMTP\r\n'), read: 'PROVIDER_CONTRACT_VIOLATION' },
  'headers without end': {
    act: (socket) => socket.write(`${HEAD}X-A: ${'a'.repeat(40_000)}\r\n`),
    read: 'PROVIDER_CONTRACT_VIOLATION',
  },
  'too large, and it says so': {
    act: (socket) => socket.write(`${HEAD}Content-Length: 1048577\r\n\r\n${'a'.repeat(1_048_577)}`),
    read: 'PROVIDER_CONTRACT_VIOLATION',
  },
  'too large, without saying so': {
    act: (socket) => socket.write(`${HEAD}Connection: close\r\n\r\n${'a'.repeat(1_048_577)}`),
    read: 'PROVIDER_CONTRACT_VIOLATION',
  },
  'no answer at all': { act: () => undefined, read: 'PROVIDER_TIMEOUT' },
  'headers, and then nothing': {
    act: (socket) => socket.write(`${HEAD}Content-Length: 9\r\n\r\n`),
    read: 'PROVIDER_TIMEOUT',
  },
  'a body that comes drop by drop': {
    act: (socket) => {
      socket.write(`${HEAD}Content-Length: 100000\r\n\r\n`)
      const drip = setInterval(() => socket.write('a'), 5)
      socket.once('close', () => clearInterval(drip))
    },
    read: 'PROVIDER_TIMEOUT',
  },
}

interface Case {
  readonly name: string
  readonly act: (socket: Socket) => void
  readonly read: ErrorCode
  readonly effect: Effect
  readonly code: ErrorCode
}

const cases = Object.entries(AFTER_SENDING).flatMap(([name, { act, read }]): Case[] => [
  { name, act, read, effect: 'none', code: read },
  { name, act, read, effect: 'possible', code: 'OUTCOME_UNKNOWN' },
])

test.each(cases)('$name, effect $effect: $code', async ({ act, read, effect, code }) => {
  let requests = 0
  await using server = await startTcp((socket) => {
    requests += 1
    act(socket)
  })
  const upstream = createUpstream({ baseUrl: server.baseUrl })
  const call = callWithin(read === 'PROVIDER_TIMEOUT' ? 150 : 10_000)
  const error = await rejection(
    upstream.call(
      request({
        method: 'POST',
        path: '/path-canary',
        query: { q: 'query-canary' },
        body: 'body-canary',
        effect,
        call,
      }),
    ),
  )
  expect(error).toMatchObject({ name: 'GatewayError', code, retryable: code !== 'OUTCOME_UNKNOWN' })
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error.cause)).not.toContain('canary')
  expect(requests).toBe(1)
  await upstream.close()
  await server.deserted()
})

test.each<Effect>(['none', 'possible'])('a refused connection has sent nothing, effect %s', async (effect) => {
  await using upstream = createUpstream({ baseUrl: await freeAddress() })
  const error = await rejection(upstream.call(request({ method: 'POST', effect })))
  expect(error).toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    cause: expect.objectContaining({ code: 'ECONNREFUSED' }),
  })
})

test('a host that does not exist has been sent nothing', async () => {
  await using upstream = createUpstream({ baseUrl: 'http://nobody.invalid' })
  expect(await rejection(upstream.call(request({ effect: 'possible' })))).toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
  })
})

test('a TLS handshake that fails has sent nothing', async () => {
  await using server = await startTcp((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await using upstream = createUpstream({ baseUrl: `https://127.0.0.1:${server.port}` })
  expect(await rejection(upstream.call(request({ effect: 'possible' })))).toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
  })
})

test('the deadline ends a connection that does not come about, and nothing was sent', async () => {
  await using server = await startTcp(() => undefined)
  await using upstream = createUpstream({ baseUrl: `https://127.0.0.1:${server.port}`, connectTimeoutMs: 60_000 })
  const error = await rejection(upstream.call(request({ effect: 'possible', call: callWithin(100) })))
  expect(error).toMatchObject({ code: 'PROVIDER_TIMEOUT' })
})

test('a connection that cannot be made in time has sent nothing', async () => {
  await using server = await startTcp(() => undefined)
  await using upstream = createUpstream({ baseUrl: `https://127.0.0.1:${server.port}`, connectTimeoutMs: 100 })
  const error = await rejection(upstream.call(request({ effect: 'possible' })))
  expect(error).toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    cause: expect.objectContaining({ code: 'UND_ERR_CONNECT_TIMEOUT' }),
  })
})

test('a call whose time is over is not sent', async () => {
  let requests = 0
  await using server = await startHttp((_, response) => {
    requests += 1
    response.end()
  })
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  expect(await rejection(upstream.call(request({ effect: 'possible', call: callWithin(-1) })))).toMatchObject({
    code: 'PROVIDER_TIMEOUT',
  })
  expect(requests).toBe(0)
})

test.each<Effect>(['none', 'possible'])(
  'a kept connection that dies under a request is not written to twice, effect %s',
  async (effect) => {
    let requests = 0
    await using server = await startTcp((socket) => {
      requests += 1
      if (requests === 1) socket.write(`${HEAD}Content-Length: 2\r\n\r\n{}`)
      else socket.resetAndDestroy()
    })
    await using upstream = createUpstream({ baseUrl: server.baseUrl })
    await upstream.call(request())
    const error = await rejection(upstream.call(request({ method: effect === 'none' ? 'GET' : 'POST', effect })))
    expect(error).toMatchObject({ code: effect === 'none' ? 'PROVIDER_UNAVAILABLE' : 'OUTCOME_UNKNOWN' })
    expect(requests).toBe(2)
  },
)

test.each([
  { effect: 'none' as Effect, reason: undefined, code: 'DEADLINE_EXCEEDED' },
  { effect: 'none' as Effect, reason: new DOMException('late', 'TimeoutError'), code: 'PROVIDER_TIMEOUT' },
  { effect: 'possible' as Effect, reason: undefined, code: 'OUTCOME_UNKNOWN' },
])('a caller that goes away ($reason), effect $effect: $code', async ({ effect, reason, code }) => {
  const arrived = createGate()
  await using server = await startTcp(() => arrived.open())
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const caller = new AbortController()
  const pending = rejection(upstream.call(request({ method: 'POST', effect, call: callWithin(60_000, caller.signal) })))
  await arrived.opened
  caller.abort(reason)
  expect(await pending).toMatchObject({ name: 'GatewayError', code })
  expect(upstream.health().state).toBe(code === 'PROVIDER_TIMEOUT' ? 'DEGRADED' : 'UNKNOWN')
  await server.deserted()
})

test('bytes that a parser refused are in no part of the error', async () => {
  await using server = await startTcp((socket) => socket.end('HTTP/1.1 2x0 canary\r\n\r\n'))
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const error = await rejection(upstream.call(request()))
  expect(error.cause).toMatchObject({
    name: 'HTTPParserError',
    message: expect.stringContaining('Invalid status code'),
  })
  expect(error.cause).not.toHaveProperty('data')
})
