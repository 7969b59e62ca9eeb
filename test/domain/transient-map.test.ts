import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { TransientMap } from '../../src/domain/transient-map.ts'

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
  expect(map.values()).toEqual([...plain.values()])
  expect(map.size).toBeGreaterThan(50)
  map.clear()
  expect([map.size, map.values(), map.delete(1)]).toEqual([0, [], false])
})

const MIB = 1024 ** 2
const ENTRIES = 5_000

/** Heap that is still taken, after minor collections, by entries that came and went. */
const keptBytes = (map: { set(key: number, value: unknown): unknown; delete(key: number): boolean }): number => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void
  const pass = (entries: number): void => {
    for (let key = 0; key < entries; key += 1) {
      map.set(
        key,
        Array.from({ length: 500 }, () => key),
      )
      map.delete(key - 8)
    }
  }
  pass(1_000)
  gc()
  const before = process.memoryUsage().heapUsed
  pass(ENTRIES)
  gc({ type: 'minor' })
  gc({ type: 'minor' })
  return process.memoryUsage().heapUsed - before
}

test('what was deleted is gone with the next minor collection', () => {
  // 20 MB came and went. That the plain map keeps most of it is why there is another.
  expect(keptBytes(new Map())).toBeGreaterThan(4 * MIB)
  expect(keptBytes(new TransientMap())).toBeLessThan(MIB)
})
