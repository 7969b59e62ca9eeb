import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { GatewayError } from '../../src/domain/errors.ts'
import { createSingleFlight } from '../../src/upstream/single-flight.ts'
import { callWithin } from './servers.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** Calls of one key, and what was started for them: each lands when it is told to. */
const share = () => {
  const flight = createSingleFlight<string>()
  const started: { readonly signal: AbortSignal; readonly land: (value: string) => void }[] = []
  return {
    started,
    join: (leaving: AbortSignal = new AbortController().signal, deadlineMs = 60_000) =>
      flight('key', callWithin(deadlineMs, leaving), ({ signal }) => {
        const { promise, resolve } = Promise.withResolvers<string>()
        started.push({ signal, land: resolve })
        return promise
      }),
  }
}

const codeOf = (call: Promise<string>): Promise<unknown> =>
  call.then(String, (error: unknown) => (error instanceof GatewayError ? error.code : error))

test('a call ends once nobody waits for it, and no sooner', async () => {
  const { join, started } = share()
  const [first, second] = [new AbortController(), new AbortController()]
  const left = [codeOf(join(first.signal)), codeOf(join(second.signal))]
  first.abort()
  expect(started[0]?.signal.aborted).toBe(false)
  second.abort()
  expect(started[0]?.signal.aborted).toBe(true)
  expect(await Promise.all(left)).toEqual(['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED'])
})

test('what comes late of a call that all have left takes nothing from the one that follows it', async () => {
  const { join, started } = share()
  const gone = new AbortController()
  const left = codeOf(join(gone.signal))
  gone.abort()
  const next = join()
  started[0]?.land('late')
  expect(await left).toBe('DEADLINE_EXCEEDED')
  const joined = join()
  expect(started).toHaveLength(2)
  started[1]?.land('in time')
  expect(await Promise.all([next, joined])).toEqual(['in time', 'in time'])
  expect(started[1]?.signal.aborted).toBe(false)
})

test('whoever is out of time in the tick in which it lands has left, and the others have landed', async () => {
  const { join, started } = share()
  const leaving = [codeOf(join(undefined, 1_000)), codeOf(join(undefined, 1_000))]
  const staying = join()
  setTimeout(() => started[0]?.land('landed'), 999)
  // Without a promise job in between.
  vi.advanceTimersByTime(1_000)
  expect(await Promise.all(leaving)).toEqual(['PROVIDER_TIMEOUT', 'PROVIDER_TIMEOUT'])
  expect(await staying).toBe('landed')
  expect(started).toHaveLength(1)
})

test('neither a timer nor a listener is left of those who have landed or left', async () => {
  const { join, started } = share()
  const [staying, leaving] = [new AbortController(), new AbortController()]
  const calls = [codeOf(join(staying.signal)), codeOf(join(leaving.signal)), codeOf(join(staying.signal, 1_000))]
  leaving.abort()
  vi.advanceTimersByTime(1_000)
  started[0]?.land('landed')
  expect(await Promise.all(calls)).toEqual(['landed', 'DEADLINE_EXCEEDED', 'PROVIDER_TIMEOUT'])
  expect(vi.getTimerCount()).toBe(0)
  expect(getEventListeners(staying.signal, 'abort')).toEqual([])
  expect(getEventListeners(leaving.signal, 'abort')).toEqual([])
})

test("a call that cannot begin is nobody else's", async () => {
  const flight = createSingleFlight<string>()
  const fault = new Error('not begun')
  const begin = (): never => {
    throw fault
  }
  await expect(flight('key', callWithin(1_000), begin)).rejects.toBe(fault)
  expect(await flight('key', callWithin(1_000), () => Promise.resolve('begun'))).toBe('begun')
  expect(vi.getTimerCount()).toBe(0)
})
