import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Circuit, createCircuit } from '../../src/upstream/circuit.ts'
import type { Blame } from '../../src/upstream/circuits.ts'
import { createUpstream } from '../../src/upstream/upstream.ts'
import { callWithin, createGate, rejection, request, startHttp, startTcp } from './servers.ts'

const createClocked = () => {
  const clock = { ms: 1_000_000 }
  const circuit = createCircuit({
    failures: 3,
    window: 6,
    memoryMs: 60_000,
    pauseMs: 1_000,
    maxPauseMs: 4_000,
    now: () => clock.ms,
    random: () => 1,
  })
  return { clock, circuit }
}

const admitted = (circuit: Circuit): number => {
  const ticket = circuit.admit()
  if (ticket === null) throw new Error('refused')
  return ticket
}

const fail = (circuit: Circuit, times = 1): void => {
  for (let time = 0; time < times; time += 1) circuit.settle(admitted(circuit), 'failed')
}

test('half of the last calls open it, however long all went well before', () => {
  const { circuit } = createClocked()
  for (let call = 0; call < 1_000; call += 1) circuit.settle(admitted(circuit), 'ok')
  fail(circuit, 2)
  expect([circuit.state(), circuit.retryAt()]).toEqual(['CLOSED', null])
  fail(circuit)
  expect([circuit.state(), circuit.retryAt()]).toEqual(['OPEN', new Date(1_001_000)])
  expect(circuit.admit()).toBeNull()
})

test('failures of long ago and those among many successes do not', () => {
  const { clock, circuit } = createClocked()
  for (let round = 0; round < 100; round += 1) {
    fail(circuit, 2)
    clock.ms += 60_001
  }
  for (let round = 0; round < 100; round += 1) {
    fail(circuit)
    for (let call = 0; call < 2; call += 1) circuit.settle(admitted(circuit), 'ok')
  }
  expect(circuit.state()).toBe('CLOSED')
})

test('one call probes at a time; a failed probe doubles the pause to a bound, a good one closes', () => {
  const { clock, circuit } = createClocked()
  fail(circuit, 3)
  for (const pauseMs of [1_000, 2_000, 4_000, 4_000]) {
    clock.ms += pauseMs - 1
    expect(circuit.admit()).toBeNull()
    clock.ms += 1
    expect(circuit.state()).toBe('HALF_OPEN')
    const probe = admitted(circuit)
    expect(circuit.admit()).toBeNull()
    circuit.settle(probe, 'failed')
    expect(circuit.state()).toBe('OPEN')
  }
  clock.ms += 4_000
  circuit.settle(admitted(circuit), 'ok')
  expect(circuit.state()).toBe('CLOSED')
  fail(circuit, 3)
  clock.ms += 1_000
  expect(circuit.state()).toBe('HALF_OPEN')
})

test('a probe that tells nothing leaves the place to the next call', () => {
  const { clock, circuit } = createClocked()
  fail(circuit, 3)
  clock.ms += 1_000
  circuit.settle(admitted(circuit), 'neutral')
  expect(circuit.state()).toBe('HALF_OPEN')
  circuit.settle(admitted(circuit), 'ok')
  expect(circuit.state()).toBe('CLOSED')
})

test('what began before a change of state changes nothing', () => {
  const { clock, circuit } = createClocked()
  const early = [admitted(circuit), admitted(circuit)]
  fail(circuit, 3)
  clock.ms += 1_000
  const probe = admitted(circuit)
  for (const ticket of early) circuit.settle(ticket, 'ok')
  expect(circuit.admit()).toBeNull()
  circuit.settle(probe, 'failed')
  expect(circuit.state()).toBe('OPEN')
})

test('whatever happens, it lets a call through once the pause is over', () => {
  const step = fc.oneof(
    fc.record({ outcome: fc.constantFrom('ok' as const, 'failed' as const, 'neutral' as const) }),
    fc.record({ waitMs: fc.nat({ max: 5_000 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { clock, circuit } = createClocked()
      for (const what of steps) {
        if ('waitMs' in what) clock.ms += what.waitMs
        else {
          const ticket = circuit.admit()
          if (ticket !== null) circuit.settle(ticket, what.outcome)
          else if (circuit.state() !== 'OPEN') return false
        }
      }
      clock.ms += 4_000
      return circuit.admit() !== null
    }),
  )
})

/** A provider that can be broken and healed. */
const startPatient = async (nowMs: { value: number }, blame?: () => Blame) => {
  const patient = { ill: false, requests: 0 }
  const server = await startHttp((_, response) => {
    patient.requests += 1
    response.writeHead(patient.ill ? 503 : 200).end('{}')
  })
  const upstream = createUpstream({ baseUrl: server.baseUrl, now: () => nowMs.value, ...(blame && { blame }) })
  return { patient, upstream, server }
}

test('the provider’s circuit opens within ten calls and closes within five seconds of healing', async () => {
  const nowMs = { value: 1_000_000 }
  const { patient, upstream, server } = await startPatient(nowMs)
  for (let call = 0; call < 30; call += 1) await upstream.call(request())
  expect(upstream.health()).toMatchObject({ state: 'UP', circuit: 'CLOSED', errorRate: 0, retryAt: null })

  patient.ill = true
  patient.requests = 0
  for (let call = 0; call < 50; call += 1) await upstream.call(request()).catch(() => undefined)
  expect(patient.requests).toBeLessThanOrEqual(10)
  const refused = await rejection(upstream.call(request({ effect: 'possible' })))
  const { retryAt } = upstream.health()
  expect(refused).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryAt, circuitOpen: true })
  expect(upstream.health()).toMatchObject({ state: 'DOWN', circuit: 'OPEN' })

  for (let second = 0; second < 60; second += 1) {
    nowMs.value += 1_000
    await upstream.call(request()).catch(() => undefined)
  }
  expect(patient.requests).toBeLessThanOrEqual(10 + 60 / 3)

  patient.ill = false
  nowMs.value += 5_000
  expect(upstream.health()).toMatchObject({ state: 'DEGRADED', circuit: 'HALF_OPEN' })
  await upstream.call(request())
  expect(upstream.health().circuit).toBe('CLOSED')
  await upstream.close()
  await server[Symbol.asyncDispose]()
})

test('refusals of ours and theirs, limits included, do not open it', async () => {
  await using server = await startHttp((incoming, response) => response.writeHead(Number(incoming.url?.slice(1))).end())
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  for (let call = 0; call < 20; call += 1)
    for (const status of [400, 401, 404, 429]) await upstream.call(request({ path: `/${status}` }))
  expect(upstream.health()).toMatchObject({ state: 'UP', circuit: 'CLOSED', errorRate: 0 })
})

test('what is no HTTP opens it, and answers that are too large do not', async () => {
  const answers = {
    noHttp: 'SSH-2.0-OpenSSH\r\n',
    tooLarge: `HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n${'a'.repeat(9)}`,
  }
  for (const [answer, circuit] of [
    [answers.noHttp, 'OPEN'],
    [answers.tooLarge, 'CLOSED'],
  ] as const) {
    await using server = await startTcp((socket) => socket.end(answer))
    await using upstream = createUpstream({ baseUrl: server.baseUrl, maxResponseBytes: 8 })
    for (let call = 0; call < 10; call += 1) await rejection(upstream.call(request()))
    expect(upstream.health().circuit).toBe(circuit)
  }
})

test('time-outs open it', async () => {
  await using server = await startTcp(() => undefined)
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const errors = await Promise.all(
    Array.from({ length: 10 }, () => rejection(upstream.call(request({ call: callWithin(100) })))),
  )
  for (const error of errors) expect(error).toMatchObject({ code: 'PROVIDER_TIMEOUT' })
  expect(upstream.health().circuit).toBe('OPEN')
})

test('while one call probes, the others are refused at once, and its caller may go away', async () => {
  const nowMs = { value: 1_000_000 }
  const arrived = createGate()
  let ill = true
  await using server = await startHttp((_, response) => {
    if (ill) response.writeHead(500).end()
    else arrived.open()
  })
  await using upstream = createUpstream({ baseUrl: server.baseUrl, now: () => nowMs.value })
  for (let call = 0; call < 8; call += 1) await upstream.call(request())
  ill = false
  nowMs.value += 5_000
  const caller = new AbortController()
  const probe = rejection(upstream.call(request({ call: callWithin(60_000, caller.signal) })))
  await arrived.opened
  expect(await rejection(upstream.call(request()))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
  caller.abort()
  expect(await probe).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
  expect(upstream.health().circuit).toBe('HALF_OPEN')
})

test('an institution that its provider names has a circuit of its own', async () => {
  const nowMs = { value: 1_000_000 }
  const { patient, upstream, server } = await startPatient(nowMs, () => (patient.ill ? 'INSTITUTION' : 'NOBODY'))
  const atBank = (institution: string) => upstream.call(request({ institution }))
  patient.ill = true
  for (let call = 0; call < 5; call += 1) for (const bank of ['dead bank', 'ill bank']) await atBank(bank)
  expect(await rejection(atBank('dead bank'))).toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    message: 'The institution cannot be reached through its provider now.',
    retryAt: expect.any(Date),
  })
  patient.ill = false
  expect((await atBank('other bank')).status).toBe(200)
  expect(upstream.health().circuit).toBe('CLOSED')
  expect([upstream.institutionCircuit('dead bank'), upstream.institutionCircuit('nobody')]).toEqual(['OPEN', 'CLOSED'])
  nowMs.value += 1_000
  await atBank('dead bank')
  expect(upstream.institutionCircuit('dead bank')).toBe('CLOSED')
  await upstream.close()
  await server[Symbol.asyncDispose]()
})

test('time-outs at an institution open its circuit before the provider’s', async () => {
  await using server = await startTcp(() => undefined)
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const atBank = () => rejection(upstream.call(request({ institution: 'slow bank', call: callWithin(100) })))
  await Promise.all(Array.from({ length: 5 }, atBank))
  expect(upstream.institutionCircuit('slow bank')).toBe('OPEN')
  expect(upstream.health()).toMatchObject({ circuit: 'CLOSED', errorRate: 1 })
})

test('a probe is one attempt', async () => {
  const nowMs = { value: 1_000_000 }
  const { patient, upstream, server } = await startPatient(nowMs)
  patient.ill = true
  for (let call = 0; call < 8; call += 1) await upstream.call(request())
  nowMs.value += 60_000
  patient.requests = 0
  await upstream.call(request({ repeatable: true }))
  expect(patient.requests).toBe(1)
  await upstream.close()
  await server[Symbol.asyncDispose]()
})
