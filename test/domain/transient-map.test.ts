import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { TransientMap, TransientSet } from '../../src/domain/transient-map.ts'

test('holds what was set and not deleted, in the order in which it came', () => {
  const map = new TransientMap<number, string>()
  const plain = new Map<number, string>()
  for (let round = 0; round < 5_000; round += 1) {
    // Up and down, so that entries are moved at every size.
    const key = (round * 7) % 401
    if (round % 5 < 2 || round % 1_000 < 300) {
      map.set(key, `v${round}`)
      plain.set(key, `v${round}`)
    } else expect(map.delete(key)).toBe(plain.delete(key))
    expect([map.size, map.get(key), map.has(key)]).toEqual([plain.size, plain.get(key), plain.has(key)])
  }
  expect([map.keys(), map.values(), map.entries()]).toEqual([[...plain.keys()], [...plain.values()], [...plain]])
  expect(map.size).toBeGreaterThan(50)
  map.clear()
  expect([map.size, map.values(), map.delete(1)]).toEqual([0, [], false])
})

test('a set holds what was added and not deleted, in the order in which it came', () => {
  const set = new TransientSet<number>()
  const plain = new Set<number>()
  for (let round = 0; round < 5_000; round += 1) {
    const value = (round * 7) % 401
    if (round % 5 < 2 || round % 1_000 < 300) {
      set.add(value)
      plain.add(value)
    } else expect(set.delete(value)).toBe(plain.delete(value))
    expect([set.size, set.has(value)]).toEqual([plain.size, plain.has(value)])
  }
  expect(set.values()).toEqual([...plain])
  expect(set.size).toBeGreaterThan(50)
})

test('what is listed stays as it was while entries come and go', () => {
  const map = new TransientMap<number, string>()
  for (let key = 0; key < 300; key += 1) map.set(key, `v${key}`)
  const seen: number[] = []
  for (const key of map.keys()) {
    seen.push(key)
    map.delete(key)
    map.set(key + 1_000, 'later')
  }
  expect(seen).toEqual(Array.from({ length: 300 }, (_, key) => key))
  expect(map.keys()).toEqual(seen.map((key) => key + 1_000))
})

const MIB = 1024 ** 2
const ENTRIES = 5_000

interface Passage {
  enter(value: object): unknown
  leave(value: object): unknown
}

const through = (map: Map<object, object> | TransientMap<object, object>): Passage => ({
  enter: (value) => map.set(value, value),
  leave: (value) => map.delete(value),
})
const throughSet = (set: Set<object> | TransientSet<object>): Passage => ({
  enter: (value) => set.add(value),
  leave: (value) => set.delete(value),
})

/** Heap that is still taken, after minor collections, by entries that came and went. */
const keptBytes = ({ enter, leave }: Passage): number => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void
  const pass = (entries: number): void => {
    const inside: object[] = []
    for (let count = 0; count < entries; count += 1) {
      const value = Array.from({ length: 500 }, () => count)
      enter(value)
      if (inside.push(value) > 8) leave(inside.shift()!)
    }
    inside.forEach(leave)
  }
  pass(1_000)
  gc()
  const before = process.memoryUsage().heapUsed
  pass(ENTRIES)
  gc({ type: 'minor' })
  gc({ type: 'minor' })
  return process.memoryUsage().heapUsed - before
}

test.each([
  ['map', through(new Map()), through(new TransientMap())],
  ['set', throughSet(new Set()), throughSet(new TransientSet())],
])('what was deleted of a %s is gone with the next minor collection', (_, plain, transient) => {
  // 20 MB came and went. That the plain one keeps most of it is why there is another.
  expect(keptBytes(plain)).toBeGreaterThan(4 * MIB)
  expect(keptBytes(transient)).toBeLessThan(MIB)
})
