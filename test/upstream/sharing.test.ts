import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
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
  // Longer than a test may take: the deadline ends it too.
  const leaving = callers.map(({ signal }) =>
    rejection(upstream.call(request({ shareKey: 'u', call: callWithin(3_600_000, signal) }))),
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
