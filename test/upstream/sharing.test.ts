import { getEventListeners } from 'node:events'
import type { ServerResponse } from 'node:http'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { toShareKey } from '../../src/upstream/request.ts'
import { createUpstream } from '../../src/upstream/upstream.ts'
import { callWithin, createGate, rejection, request, startHttp } from './servers.ts'

/** Holds every answer back until told. */
const startHeld = async (expected = 1) => {
  const held: ServerResponse[] = []
  const arrived = createGate()
  const server = await startHttp((_, response) => {
    held.push(response)
    if (held.length === expected) arrived.open()
  })
  const release = (): void => {
    for (const response of held) response.end(`{"n":${held.length}}`)
  }
  return Object.assign(server, { held, arrived: arrived.opened, release })
}

test('equal reads in flight are one', async () => {
  await using server = await startHeld()
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const all = Array.from({ length: 20 }, () =>
    upstream.call(
      request({ shareKey: 'user 1', call: { ...callWithin(10_000), requestId: `req_${crypto.randomUUID()}` } }),
    ),
  )
  await server.arrived
  server.release()
  const values = (await Promise.all(all)).map((response) => response.json())
  expect(values).toEqual(Array.from({ length: 20 }, () => ({ n: 1 })))
  expect(new Set(values).size).toBe(20) // no caller can change what another one reads
  const next = upstream.call(request({ shareKey: 'user 1' }))
  await expect.poll(() => server.held.length).toBe(2)
  server.release()
  await next
})

test('never across rights, addresses, headers or bodies, nor where an effect is possible or no key is given', async () => {
  const base = request({ shareKey: 'user 1', path: '/a', headers: { Authorization: 'token 1' } })
  const apart = [
    base,
    { ...base, shareKey: 'user 2' },
    { ...base, path: '/b' },
    { ...base, query: { page: 2 } },
    { ...base, headers: { Authorization: 'token 2' } },
    { ...base, headers: { ...base.headers, 'Psu-Ip-Address': '192.0.2.1' } },
    { ...base, method: 'POST' as const, json: { ids: [1] } },
    { ...base, method: 'POST' as const, json: { ids: [2] } },
    { ...base, effect: 'possible' as const },
    { ...base, effect: 'possible' as const },
    request({ path: '/a', headers: { Authorization: 'token 1' } }),
    request({ path: '/a', headers: { Authorization: 'token 1' } }),
  ]
  await using server = await startHeld(apart.length)
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const all = apart.map((each) => upstream.call(each))
  await server.arrived
  server.release()
  await Promise.all(all)
  expect(server.held).toHaveLength(apart.length)
})

test('who came first may leave without ending it for the others', async () => {
  await using server = await startHeld()
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const first = new AbortController()
  const leaving = rejection(upstream.call(request({ shareKey: 'u', call: callWithin(10_000, first.signal) })))
  const staying = upstream.call(request({ shareKey: 'u' }))
  await server.arrived
  first.abort()
  expect(await leaving).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
  server.release()
  expect((await staying).json()).toEqual({ n: 1 })
})

test('when all have left, the request ends', async () => {
  await using server = await startHeld()
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const callers = [new AbortController(), new AbortController()]
  const leaving = callers.map(({ signal }) =>
    rejection(upstream.call(request({ shareKey: 'u', call: callWithin(10_000, signal) }))),
  )
  await server.arrived
  for (const caller of callers) caller.abort()
  await Promise.all(leaving)
  await server.deserted()
})

test('each has a deadline of its own, and who has more time than the first asks again', async () => {
  await using server = await startHeld(2)
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const short = rejection(upstream.call(request({ shareKey: 'u', call: callWithin(100) })))
  const long = upstream.call(request({ shareKey: 'u', call: callWithin(10_000) }))
  expect(await short).toMatchObject({ code: 'PROVIDER_TIMEOUT' })
  await server.arrived
  server.release()
  expect((await long).json()).toEqual({ n: 2 })
})

test('a fault is shared, too', async () => {
  await using server = await startHttp((incoming) => incoming.socket.resetAndDestroy())
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const errors = await Promise.all([1, 2, 3].map(() => rejection(upstream.call(request({ shareKey: 'u' })))))
  expect(new Set(errors).size).toBe(1)
  expect(errors[0]).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
})

test('who has as much time as the first needs no timer, and nobody leaves one or a listener', async () => {
  await using server = await startHeld()
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const call = callWithin(60_000)
  const first = upstream.call(request({ shareKey: 'u', call }))
  await server.arrived
  const before = timers()
  const others = Array.from({ length: 20 }, () => upstream.call(request({ shareKey: 'u', call })))
  expect(timers()).toBe(before)
  const hasty = rejection(upstream.call(request({ shareKey: 'u', call: callWithin(50, call.signal) })))
  expect(timers()).toBe(before + 1)
  expect(getEventListeners(call.signal, 'abort')).toHaveLength(22)
  expect(await hasty).toMatchObject({ code: 'PROVIDER_TIMEOUT' })
  expect(timers()).toBe(before)
  server.release()
  await Promise.all([first, ...others])
  expect(server.held).toHaveLength(1)
  expect(getEventListeners(call.signal, 'abort')).toEqual([])
})

test('who asks again because the first had less time leaves with its own request id', async () => {
  await using server = await startHeld(2)
  const ids: string[] = []
  await using upstream = createUpstream({ baseUrl: server.baseUrl, onCall: ({ requestId }) => ids.push(requestId) })
  const short = rejection(upstream.call(request({ shareKey: 'u', call: { ...callWithin(100), requestId: 'req_1' } })))
  const long = upstream.call(request({ shareKey: 'u', call: { ...callWithin(10_000), requestId: 'req_2' } }))
  await short
  await server.arrived
  server.release()
  await long
  expect(ids).toEqual(['req_1', 'req_2'])
})

test('two reads have one key only where all that goes out is the same', () => {
  const text = fc.stringMatching(/^[a1:;hj]{0,4}$/)
  const fields = fc.option(fc.dictionary(text, fc.option(text, { nil: undefined }), { maxKeys: 2 }), { nil: undefined })
  const read = fc.record({
    shareKey: text,
    path: text,
    query: fields,
    headers: fields,
    body: fc.option(text, { nil: undefined }),
  })
  type Read = { readonly shareKey: string; readonly path: string } & Parameters<typeof toShareKey>[0]
  const sent = ({ shareKey, path, query = {}, headers = {}, body }: Partial<Read>) =>
    JSON.stringify([shareKey, path, query, headers, body])
  fc.assert(
    fc.property(read, read, (one, other) => {
      const [a, b] = [request(one as Partial<Read>), request(other as Partial<Read>)]
      expect(toShareKey(a) === toShareKey(b)).toBe(sent(a) === sent(b))
    }),
    { numRuns: 2_000 },
  )
  expect(toShareKey(request({ json: 'x' }))).not.toBe(toShareKey(request({ body: '"x"' })))
})
