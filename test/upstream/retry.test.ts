import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRetryBudget, MAX_RETRIES, toRetryDelayMs } from '../../src/upstream/retry.ts'
import { createUpstream, type UpstreamEvent } from '../../src/upstream/upstream.ts'
import { callWithin, createGate, freeAddress, rejection, request, startHttp, startTcp } from './servers.ts'

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const question = fc.record({
  attempts: fc.integer({ min: 1, max: 6 }),
  remainingMs: fc.integer({ min: -1_000, max: 60_000 }),
  waitMs: fc.option(fc.integer({ min: 0, max: 86_400_000 })),
  random: unit.map((value) => () => value),
})

test('the schedule: bounded, never before the provider’s word, never past the deadline', () => {
  fc.assert(
    fc.property(question, (asked) => {
      const delayMs = toRetryDelayMs(asked)
      const ceilingMs = Math.min(100 * 2 ** (asked.attempts - 1), 1_000)
      if (asked.attempts > MAX_RETRIES) return delayMs === null
      if (delayMs === null) return (asked.waitMs ?? 0) + ceilingMs + 50 > asked.remainingMs
      const jitterMs = delayMs - (asked.waitMs ?? 0)
      return jitterMs >= 0 && jitterMs <= ceilingMs && delayMs + 50 <= asked.remainingMs
    }),
  )
})

test('the budget: a fifth of the calls, and three in ten seconds, whatever the order', () => {
  const step = fc.oneof(fc.constant('call' as const), fc.constant('retry' as const), fc.nat({ max: 5_000 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      let nowMs = 0
      let calls = 0
      let retries = 0
      const budget = createRetryBudget(() => nowMs)
      for (const what of steps) {
        if (typeof what === 'number') nowMs += what
        else if (what === 'call') {
          calls += 1
          budget.deposit()
        } else if (budget.withdraw()) retries += 1
      }
      return retries <= 3 + calls * 0.2 + (nowMs * 3) / 10_000
    }),
  )
})

test('the budget lets three go at once, and three more after ten seconds', () => {
  let nowMs = 0
  const budget = createRetryBudget(() => nowMs)
  const takeAll = (): number => {
    let taken = 0
    while (budget.withdraw()) taken += 1
    return taken
  }
  expect(takeAll()).toBe(3)
  nowMs = 10_000
  expect(takeAll()).toBe(3)
  nowMs = 1_000_000
  expect(takeAll()).toBe(3)
})

/** Answers with each status in turn, then with the last one. */
const startStatuses = async (...statuses: readonly { status: number; headers?: Record<string, string> }[]) => {
  const arrivals: number[] = []
  const server = await startHttp((_, response) => {
    const { status, headers } = statuses[Math.min(arrivals.length, statuses.length - 1)] ?? { status: 200 }
    arrivals.push(performance.now())
    response.writeHead(status, headers).end('{}')
  })
  return Object.assign(server, { arrivals })
}

test.each([500, 502, 503, 504])('a repeatable call is sent again after a %i', async (status) => {
  await using server = await startStatuses({ status }, { status }, { status: 200 })
  const events: UpstreamEvent[] = []
  await using upstream = createUpstream({ baseUrl: server.baseUrl, onCall: (event) => events.push(event) })
  expect((await upstream.call(request({ repeatable: true }))).status).toBe(200)
  expect(events.map(({ attempt, status: seen }) => [attempt, seen])).toEqual([
    [1, status],
    [2, status],
    [3, 200],
  ])
})

test.each([400, 401, 404, 409, 429, 501])('no second attempt after a %i', async (status) => {
  await using server = await startStatuses({ status })
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  expect((await upstream.call(request({ repeatable: true }))).status).toBe(status)
  expect(server.arrivals).toHaveLength(1)
})

test('a call that is not repeatable is sent once', async () => {
  await using server = await startStatuses({ status: 503 })
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  expect((await upstream.call(request())).status).toBe(503)
  expect(server.arrivals).toHaveLength(1)
})

test('the third answer is the last', async () => {
  await using server = await startStatuses({ status: 503 })
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  expect((await upstream.call(request({ repeatable: true }))).status).toBe(503)
  expect(server.arrivals).toHaveLength(1 + MAX_RETRIES)
})

test('a 429 is asked again when its Retry-After is over', async () => {
  await using server = await startStatuses({ status: 429, headers: { 'Retry-After': '1' } }, { status: 200 })
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  expect((await upstream.call(request({ repeatable: true }))).status).toBe(200)
  const [first = 0, second = 0] = server.arrivals
  expect(second - first).toBeGreaterThanOrEqual(1_000)
})

test('a Retry-After beyond the deadline is not waited for', async () => {
  await using server = await startStatuses({ status: 429, headers: { 'Retry-After': '60' } })
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  expect((await upstream.call(request({ repeatable: true }))).status).toBe(429)
  expect(server.arrivals).toHaveLength(1)
})

test('a caller that goes away ends the pause, with the last answer', async () => {
  const answered = createGate()
  await using server = await startStatuses({ status: 503, headers: { 'Retry-After': '30' } })
  const upstream = createUpstream({ baseUrl: server.baseUrl, onCall: () => answered.open() })
  const caller = new AbortController()
  const pending = upstream.call(request({ repeatable: true, call: callWithin(60_000, caller.signal) }))
  await answered.opened
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  await expect.poll(timers, { interval: 1 }).toBeGreaterThanOrEqual(2) // the pause and the deadline
  const before = timers()
  caller.abort()
  expect((await pending).status).toBe(503)
  expect(timers()).toBeLessThanOrEqual(before - 2)
  expect(server.arrivals).toHaveLength(1)
  await upstream.close()
})

test('a provider that fails for everybody gets little more than the calls themselves', async () => {
  await using server = await startStatuses({ status: 503 })
  // The circuit would end it sooner: every call here counts as answered.
  await using upstream = createUpstream({ baseUrl: server.baseUrl, blame: () => 'NOBODY' })
  for (let call = 0; call < 50; call += 1) await upstream.call(request({ repeatable: true }))
  expect(server.arrivals.length).toBeLessThanOrEqual(50 + 3 + 10 + 1)
  expect(server.arrivals.length).toBeGreaterThan(50)
})

test('a connection that fails is tried again, and a read whose answer was lost', async () => {
  const events: UpstreamEvent[] = []
  const onCall = (event: UpstreamEvent): number => events.push(event)
  await using nobody = createUpstream({ baseUrl: await freeAddress(), onCall })
  expect(await rejection(nobody.call(request({ repeatable: true })))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
  expect(events.map(({ attempt }) => attempt)).toEqual([1, 2, 3])

  let requests = 0
  await using server = await startTcp((socket) => {
    requests += 1
    if (requests === 1) socket.resetAndDestroy()
    else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}')
  })
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  expect((await upstream.call(request({ repeatable: true }))).json()).toEqual({})
})

test('an attempt with a possible effect whose answer was lost is not forgotten when the next ones fail otherwise', async () => {
  let requests = 0
  await using server = await startTcp((socket) => {
    requests += 1
    if (requests === 1) socket.resetAndDestroy()
    else socket.end('HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}')
  })
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const response = await upstream.call(request({ method: 'POST', effect: 'possible', repeatable: true }))
  expect(response).toMatchObject({ status: 409, uncertain: true })
})

test('nor when the next ones cannot even connect', async () => {
  await using server = await startTcp((socket) => {
    server.stopListening()
    socket.resetAndDestroy()
  })
  const events: UpstreamEvent[] = []
  await using upstream = createUpstream({ baseUrl: server.baseUrl, onCall: (event) => events.push(event) })
  const error = await rejection(upstream.call(request({ method: 'POST', effect: 'possible', repeatable: true })))
  expect(events.map(({ outcome }) => outcome)).toEqual([
    'OUTCOME_UNKNOWN',
    'PROVIDER_UNAVAILABLE',
    'PROVIDER_UNAVAILABLE',
  ])
  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
})
