import { getEventListeners } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, expect, test, vi } from 'vitest'
import { createHealthWindow } from '../../src/upstream/health.ts'
import { createUpstream, type UpstreamEvent } from '../../src/upstream/upstream.ts'
import { callWithin, createGate, rejection, request, startHttp, startTcp } from './servers.ts'

afterEach(() => vi.useRealTimers())

/** Holds answers back; `arrived(n)` resolves when n requests wait. */
const startHeld = async () => {
  const held: ServerResponse[] = []
  let total = 0
  const gates = new Map<number, () => void>()
  const server = await startHttp((_, response) => {
    held.push(response)
    total += 1
    gates.get(total)?.()
  })
  const arrived = (count: number): Promise<void> => {
    if (total >= count) return Promise.resolve()
    const gate = createGate()
    gates.set(count, gate.open)
    return gate.opened
  }
  const answerOne = (): void => void held.shift()?.end('{}')
  /** One by one, as long as each lets another one in. */
  const answerUntil = async (count: number): Promise<void> => {
    for (let next = total + 1; next <= count; next += 1) {
      answerOne()
      await arrived(next)
    }
  }
  const answerAll = (status = 200): void => held.splice(0).forEach((response) => response.writeHead(status).end('{}'))
  return Object.assign(server, {
    held,
    total: () => total,
    arrived,
    answerOne,
    answerUntil,
    answerAll,
  })
}

test('so many at once, so many in line, the rest is refused at once', async () => {
  await using server = await startHeld()
  const events: UpstreamEvent[] = []
  await using upstream = createUpstream({
    baseUrl: server.baseUrl,
    concurrency: 2,
    queue: 3,
    now: () => 1_000_000,
    onCall: (event) => events.push(event),
  })
  const admitted = Array.from({ length: 5 }, () => upstream.call(request()))
  expect(await rejection(upstream.call(request({ effect: 'possible' })))).toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    retryAt: new Date(1_001_000),
  })
  expect(events).toMatchObject([{ attempt: 0, status: null, outcome: 'PROVIDER_UNAVAILABLE', requestId: 'req_test' }])
  await server.arrived(2)
  for (let count = 3; count <= 5; count += 1) {
    expect(server.held).toHaveLength(2)
    server.answerOne()
    await server.arrived(count)
  }
  server.answerOne()
  server.answerOne()
  await Promise.all(admitted)
})

test('where calls end fast, more may wait than the line is long, and no more once they do not', async () => {
  await using server = await startHeld()
  let now = 0
  await using upstream = createUpstream({ baseUrl: server.baseUrl, concurrency: 1, queue: 2, now: () => now })
  const calls = Array.from({ length: 3 }, () => upstream.call(request()))
  // Nobody has left the line yet: how fast it moves is not known.
  expect(await rejection(upstream.call(request()))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
  await server.arrived(1)
  now += 101
  server.answerOne()
  await server.arrived(2)
  calls.push(...Array.from({ length: 4 }, () => upstream.call(request())))
  // Five in line, 101 ms each.
  expect(await rejection(upstream.call(request()))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
  for (let count = 3; count <= 6; count += 1) {
    now += 101
    server.answerOne()
    await server.arrived(count)
  }
  calls.push(upstream.call(request()), upstream.call(request()))
  // Two in line, and nobody has left it for a while.
  now += 300
  expect(await rejection(upstream.call(request()))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
  await server.answerUntil(9)
  server.answerOne()
  expect(await Promise.all(calls)).toHaveLength(9)
})

test('however fast calls end, those in line are not without end', async () => {
  await using server = await startHeld()
  await using upstream = createUpstream({ baseUrl: server.baseUrl, concurrency: 1, queue: 1, now: () => 0 })
  const calls = [upstream.call(request()), upstream.call(request())]
  await server.arrived(1)
  server.answerOne()
  await server.arrived(2)
  calls.push(...Array.from({ length: 16 }, () => upstream.call(request())))
  expect(await rejection(upstream.call(request()))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
  await server.answerUntil(18)
  server.answerOne()
  expect(await Promise.all(calls)).toHaveLength(18)
})

test('calls that end together move the line no faster than as many one by one', async () => {
  await using server = await startHeld()
  let now = 0
  await using upstream = createUpstream({ baseUrl: server.baseUrl, concurrency: 32, queue: 32, now: () => now })
  const calls = Array.from({ length: 64 }, () => upstream.call(request()))
  for (const sent of [32, 64]) {
    await server.arrived(sent)
    now += 501
    server.answerAll()
    await Promise.all(calls.slice(sent - 32, sent))
    calls.push(...Array.from({ length: 32 }, () => upstream.call(request())))
  }
  // All 32 of the line have been out of it within no time, and 501 ms after those before them.
  expect(await rejection(upstream.call(request()))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
  await server.arrived(96)
  server.answerAll()
  await server.arrived(128)
  server.answerAll()
  expect(await Promise.all(calls)).toHaveLength(128)
})

test('who is let out of the line because the circuit is open does not make it fast', async () => {
  await using server = await startHeld()
  let now = 0
  await using upstream = createUpstream({ baseUrl: server.baseUrl, concurrency: 8, queue: 64, now: () => now })
  const fill = () => Array.from({ length: 72 }, () => upstream.call(request()).catch((error: unknown) => error))
  const failed = fill()
  await server.arrived(8)
  now += 200
  server.answerAll(500)
  await Promise.all(failed)
  expect(server.total()).toBe(8)

  now += 2_000
  const probe = upstream.call(request())
  await server.arrived(9)
  now += 200
  server.answerAll()
  await probe
  const refilled = fill()
  // Eight in 200 ms, of 64.
  expect(await rejection(upstream.call(request()))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
  await server.arrived(17)
  server.answerAll(500)
  await Promise.all(refilled)
})

test('calls that were short take as long as nobody has left the line by now', async () => {
  await using server = await startHeld()
  let now = 0
  await using upstream = createUpstream({ baseUrl: server.baseUrl, concurrency: 1, queue: 1, now: () => now })
  const calls = [upstream.call(request())]
  await server.arrived(1)
  server.answerOne()
  await calls[0]
  calls.push(...Array.from({ length: 4 }, () => upstream.call(request())))
  now += 126
  // Three in line.
  expect(await rejection(upstream.call(request()))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
  for (let count = 2; count <= 5; count += 1) {
    await server.arrived(count)
    server.answerOne()
  }
  expect(await Promise.all(calls)).toHaveLength(5)
})

test('a clock that is set back makes no line longer', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  await using server = await startHeld()
  await using upstream = createUpstream({ baseUrl: server.baseUrl, concurrency: 1, queue: 1 })
  const calls = [upstream.call(request()), upstream.call(request())]
  await server.arrived(1)
  vi.advanceTimersByTime(501)
  vi.setSystemTime(Date.now() - 3_600_000)
  server.answerOne()
  await server.arrived(2)
  calls.push(upstream.call(request()))
  expect(await rejection(upstream.call(request()))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
  server.answerOne()
  await server.arrived(3)
  server.answerOne()
  expect(await Promise.all(calls)).toHaveLength(3)
})

test('who leaves the line, by abort or deadline, was not sent and makes room', async () => {
  await using server = await startHeld()
  await using upstream = createUpstream({ baseUrl: server.baseUrl, concurrency: 1, queue: 2 })
  const running = upstream.call(request())
  await server.arrived(1)
  const caller = new AbortController()
  const aborted = rejection(upstream.call(request({ effect: 'possible', call: callWithin(10_000, caller.signal) })))
  const late = rejection(upstream.call(request({ effect: 'possible', call: callWithin(100) })))
  caller.abort()
  expect(await aborted).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
  expect(await late).toMatchObject({ code: 'PROVIDER_TIMEOUT' })
  const next = [upstream.call(request()), upstream.call(request())]
  for (let count = 1; count <= 3; count += 1) {
    await server.arrived(count)
    server.answerOne()
  }
  await Promise.all([running, ...next])
  expect(upstream.health().circuit).toBe('CLOSED')
})

test('a call whose time ended in line is not sent, though its timer comes late', async () => {
  vi.useFakeTimers({ toFake: ['Date'] }) // stands for a busy event loop: the time is over, the timer has not fired
  await using server = await startHeld()
  const events: UpstreamEvent[] = []
  await using upstream = createUpstream({
    baseUrl: server.baseUrl,
    concurrency: 1,
    onCall: (event) => events.push(event),
  })
  const running = upstream.call(request())
  const waiting = rejection(upstream.call(request({ effect: 'possible', call: callWithin(60_000) })))
  await server.arrived(1)
  vi.setSystemTime(Date.now() + 60_001)
  server.answerOne()
  await running
  expect(await waiting).toMatchObject({ code: 'PROVIDER_TIMEOUT' })
  expect(events.map(({ attempt }) => attempt)).toEqual([1, 0])
})

test('close lets those under way and in line end, refuses new ones and leaves no connection', async () => {
  await using server = await startHeld()
  const upstream = createUpstream({ baseUrl: server.baseUrl, concurrency: 1, keepAliveTimeoutMs: 60_000 })
  const calls = [upstream.call(request()), upstream.call(request())]
  await server.arrived(1)
  const closed = upstream.close()
  expect(upstream.close()).toBe(closed)
  expect(await rejection(upstream.call(request()))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
  server.answerOne()
  await server.arrived(2)
  server.answerOne()
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200])
  await closed
  await server.deserted()
})

test('close does not wait for a connection that does not come about', async () => {
  await using server = await startTcp(() => undefined)
  const upstream = createUpstream({ baseUrl: `https://127.0.0.1:${server.port}`, connectTimeoutMs: 600_000 })
  await rejection(upstream.call(request({ call: callWithin(50) })))
  await upstream.close()
})

test('two hundred calls on one signal leave no listener, no timer and no warning', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): unknown => warnings.push(warning)
  process.on('warning', onWarning)
  await using server = await startHttp((_, response) => response.end('{}'))
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  const call = callWithin(60_000)
  for (let batch = 0; batch < 4; batch += 1)
    await Promise.all(Array.from({ length: 50 }, () => upstream.call(request({ call }))))
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', onWarning)
  expect(getEventListeners(call.signal, 'abort')).toEqual([])
  expect(warnings).toEqual([])
  // undici keeps a timer for each idle connection.
  expect(timers() - before).toBeLessThanOrEqual(server.sockets.size)
})

test('an observer that throws loses no answer', async () => {
  const warned = createGate()
  process.once('warning', warned.open)
  await using server = await startHttp((_, response) => response.end('{}'))
  await using upstream = createUpstream({
    baseUrl: server.baseUrl,
    onCall: () => {
      throw new Error('broken metrics')
    },
  })
  expect((await upstream.call(request({ effect: 'possible' }))).status).toBe(200)
  await warned.opened
})

test('health is what the calls saw', async () => {
  const nowMs = { value: 1_000_000 }
  await using server = await startHttp((incoming, response) =>
    response.writeHead(incoming.url === '/ill' ? 500 : 200).end(),
  )
  await using upstream = createUpstream({ baseUrl: server.baseUrl, now: () => nowMs.value })
  expect(upstream.health()).toEqual({
    state: 'UNKNOWN',
    circuit: 'CLOSED',
    checkedAt: null,
    retryAt: null,
    p95Millis: null,
    errorRate: null,
  })
  for (let call = 0; call < 19; call += 1) await upstream.call(request())
  await upstream.call(request({ path: '/ill' }))
  expect(upstream.health()).toMatchObject({ state: 'UP', errorRate: 0.05, checkedAt: new Date(1_000_000) })
  expect(upstream.health().p95Millis).toBeGreaterThanOrEqual(0)
  for (let call = 0; call < 2; call += 1) await upstream.call(request({ path: '/ill' }))
  expect(upstream.health()).toMatchObject({ state: 'DEGRADED', circuit: 'CLOSED' })
  nowMs.value += 300_001
  expect(upstream.health()).toMatchObject({ state: 'UNKNOWN', checkedAt: new Date(1_000_000), errorRate: null })
})

test('ninety-five of a hundred are not slower than p95', () => {
  const window = createHealthWindow(() => 1_000_000)
  for (let ms = 100; ms >= 1; ms -= 1) window.record(ms, false)
  expect(window.read({ state: () => 'CLOSED', retryAt: () => null }).p95Millis).toBe(95)
})
