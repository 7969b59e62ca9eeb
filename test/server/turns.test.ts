import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTurns, TURN_MS } from '../../src/server/turns.ts'

const settings = { maxWaitMs: 20, leastInLine: 10, retryAfterMs: 100 }

/** Offers work that takes so long, and notes what becomes of it. */
const openOffice = (given: Partial<typeof settings> = {}) => {
  // Of its own: on a busy machine anything may take long.
  let now = 0
  const busyFor = (ms: number): void => void (now += ms)
  const turns = createTurns({ ...settings, ...given, now: () => now })
  const begun: number[] = []
  const refused: number[] = []
  let offered = 0
  return {
    begun,
    refused,
    busyFor,
    /** Its number. */
    offer: (ms: number, connection: object = {}): number => {
      const number = offered
      offered += 1
      turns.offer({
        connection,
        begin: () => {
          begun.push(number)
          busyFor(ms)
        },
        refuse: () => void refused.push(number),
      })
      return number
    },
    allDone: () => expect.poll(() => begun.length + refused.length, { interval: 5 }).toBe(offered),
  }
}

describe('a turn of the event loop', () => {
  it('begins what comes at once while there is room', () => {
    const office = openOffice()
    office.offer(0)
    office.offer(0)
    expect(office.begun).toEqual([0, 1])
  })

  it.each([
    [TURN_MS, []],
    [TURN_MS - 1, [84]],
  ])('that is full is no overload from where the shortest wait begins: %i ms', async (maxWaitMs, refused) => {
    const office = openOffice({ maxWaitMs })
    for (let count = 0; count < 84; count += 1) office.offer(0)
    office.busyFor(TURN_MS)
    office.offer(0)
    expect(office.refused).toEqual(refused)
    await office.allDone()
  })

  it('begins no more than there is time for, so that others have their turn in between', async () => {
    const office = openOffice({ maxWaitMs: 0 })
    for (let count = 0; count < 300; count += 1) office.offer(4)
    let others = 0
    while (office.begun.length < 300) {
      await turn()
      others += 1
    }
    // 64 at first, and half as many in each turn that took too long.
    expect(others).toBeGreaterThan(15)
    expect(office.begun).toEqual(Array.from({ length: 300 }, (_, number) => number))
    expect(office.refused).toEqual([])
  })

  it('refuses what comes while others have waited for too long, where they are many', async () => {
    const office = openOffice()
    for (let count = 0; count < 120; count += 1) office.offer(1)
    office.busyFor(30)
    const number = office.offer(1)
    expect(office.refused).toEqual([number])
    await office.allDone()
    expect(office.begun).toHaveLength(120)
  })

  it('refuses nobody where few wait, however long', async () => {
    const office = openOffice()
    for (let count = 0; count < 64 + 5; count += 1) office.offer(0)
    office.busyFor(30)
    office.offer(0)
    expect(office.refused).toEqual([])
    await office.allDone()
  })
})

it('keeps nothing of what has begun, however long there is always somebody in line', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const office = openOffice({ maxWaitMs: 0 })
  const ROUNDS = 4_000
  const connections: WeakRef<object>[] = []
  const offerOne = (): void => {
    const connection = {}
    connections.push(new WeakRef(connection))
    office.offer(0, connection)
  }
  for (let count = 0; count < 500; count += 1) offerOne()
  while (office.begun.length < ROUNDS) {
    const before = office.begun.length
    await turn()
    for (let count = before; count < office.begun.length; count += 1) offerOne()
  }
  await turn()
  collectGarbage()
  const kept = (from: number, to: number): number =>
    connections.slice(from, to).filter((connection) => connection.deref() !== undefined).length
  const inLine = connections.length - office.begun.length
  expect(inLine).toBeGreaterThan(300)
  expect(kept(0, office.begun.length)).toBe(0)
  expect(kept(office.begun.length, connections.length)).toBe(inLine)
  await office.allDone()
})

describe('whoever was refused', () => {
  it('and comes again at once is held back, and begins when nobody is in line', async () => {
    const office = openOffice({ retryAfterMs: 60_000 })
    const connection = {}
    for (let count = 0; count < 120; count += 1) office.offer(1)
    office.busyFor(30)
    const first = office.offer(1, connection)
    const again = office.offer(1, connection)
    const other = office.offer(1)
    expect(office.refused).toEqual([first, other])
    await office.allDone()
    expect(office.begun.at(-1)).toBe(again)
  })

  it('has one held back, and whatever it sends behind that without waiting is refused', async () => {
    const office = openOffice({ retryAfterMs: 60_000 })
    const [one, another] = [{}, {}]
    for (let count = 0; count < 120; count += 1) office.offer(1)
    office.busyFor(30)
    const first = [one, another].map((connection) => office.offer(1, connection))
    const held = [one, another].map((connection) => office.offer(1, connection))
    const behind = Array.from({ length: 500 }, () => office.offer(1, one))
    expect(office.refused).toEqual([...first, ...behind])
    await office.allDone()
    expect(office.begun.slice(-2)).toEqual(held)
  })

  it('may have another held back once the one before has begun', async () => {
    const office = openOffice({ retryAfterMs: 60_000 })
    const connection = {}
    const crowd = (): void => {
      for (let count = 0; count < 120; count += 1) office.offer(1)
      office.busyFor(30)
    }
    crowd()
    const first = office.offer(1, connection)
    office.offer(1, connection)
    await office.allDone()
    crowd()
    const again = office.offer(1, connection)
    expect(office.refused).toEqual([first])
    await office.allDone()
    expect(office.begun.at(-1)).toBe(again)
  })

  it('is refused again when its time has come, where there still is a crowd', async () => {
    const office = openOffice()
    const connection = {}
    // Work for three times as long as it is held back.
    for (let count = 0; count < 364; count += 1) office.offer(1)
    office.busyFor(30)
    const first = office.offer(1, connection)
    const again = office.offer(1, connection)
    await turn()
    expect(office.refused).toEqual([first])
    await office.allDone()
    expect(office.refused).toEqual([first, again])
  })
})

it('whatever comes when, everything either begins or is refused, once, and in order', { timeout: 60_000 }, async () => {
  const burst = fc.record({
    count: fc.integer({ min: 1, max: 150 }),
    workMs: fc.constantFrom(0, 0, 0.1, 0.5),
    lateMs: fc.constantFrom(0, 0, 0, 25),
    connections: fc.integer({ min: 1, max: 50 }),
  })
  const property = fc.asyncProperty(fc.array(burst, { minLength: 1, maxLength: 12 }), async (bursts) => {
    const office = openOffice()
    const known = Array.from({ length: 50 }, () => ({}))
    for (const { count, workMs, lateMs, connections } of bursts) {
      for (let number = 0; number < count; number += 1) office.offer(workMs, known[number % connections])
      office.busyFor(lateMs)
      await turn()
    }
    await office.allDone()
    const all = [...office.begun, ...office.refused].toSorted((a, b) => a - b)
    expect(all).toEqual(all.map((_, number) => number))
  })
  await fc.assert(property, { numRuns: 40, seed: 20261130 })
})
