import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isId, randomIds } from '../../src/domain/ids.ts'

const many = (count: number): string[] => Array.from({ length: count }, () => randomIds.next('con'))

/** The 32 characters behind the prefix as bits. */
const bitsOf = (id: string): readonly number[] =>
  Array.from(id.slice('con_'.length), (character) => '0123456789abcdefghjkmnpqrstvwxyz'.indexOf(character)).flatMap(
    (value) => [16, 8, 4, 2, 1].map((bit) => (value & bit ? 1 : 0)),
  )

describe('ids', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('are well formed, whenever they are made', () => {
    for (const time of ['1970-01-01T00:00:00Z', '2026-05-01T12:00:00Z', '9999-12-31T23:59:59Z']) {
      vi.setSystemTime(new Date(time))
      const [id = ''] = many(1)
      expect(id).toMatch(/^con_[0-9a-hjkmnp-tv-z]{32}$/)
      expect(isId('con', id)).toBe(true)
      expect(isId('usr', id)).toBe(false)
    }
  })

  test('sort by the millisecond in which they were made, byte by byte as both engines do', () => {
    const start = Date.UTC(2026, 4, 1)
    const ids = [0, 1, 255, 256, 65_535, 65_536, 86_400_000, 40 * 365 * 86_400_000].map((after) => {
      vi.setSystemTime(start + after)
      return many(3)
    })
    const sorted = ids.flat().toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    ids.forEach((made, index) => expect(sorted.slice(index * 3, index * 3 + 3)).toEqual(made.toSorted()))
  })

  test('of one millisecond have nothing in common beyond the time: 112 random bits', () => {
    vi.setSystemTime(Date.UTC(2026, 4, 1))
    const ids = many(4_096)
    expect(new Set(ids).size).toBe(ids.length)
    const ones = Array.from({ length: 160 }, () => 0)
    for (const id of ids) bitsOf(id).forEach((bit, place) => (ones[place] = (ones[place] ?? 0) + bit))
    const time = Date.UTC(2026, 4, 1).toString(2).padStart(48, '0')
    expect(ones.slice(0, 48)).toEqual(Array.from(time, (bit) => Number(bit) * ids.length))
    // Ten standard deviations around the half: what is random is never out of it, and what stands still is.
    for (const count of ones.slice(48)) expect(Math.abs(count - ids.length / 2)).toBeLessThan(10 * 32)
  })
})
