import { expect, test } from 'vitest'
import { nextAttemptAt } from '../../src/services/webhook/schedule.ts'

const HOUR_MS = 3_600_000
const START = new Date('2026-05-01T12:00:00Z')

/** When each attempt is made, in milliseconds after the first; each fails at once. */
const play = (random: number, waitMs: number | null = null): readonly number[] => {
  const attempts = [0]
  for (;;) {
    const now = new Date(START.getTime() + attempts.at(-1)!)
    const next = nextAttemptAt({ attempt: attempts.length, createdAt: START, now, waitMs }, random)
    if (next === null) return attempts
    attempts.push(next.getTime() - START.getTime())
  }
}

test('ten attempts over 75 hours and 35 minutes', () => {
  const attempts = play(0)
  expect(attempts).toHaveLength(10)
  expect(attempts.slice(0, 4)).toEqual([0, 5_000, 305_000, 2_105_000])
  expect(attempts.at(-1)).toBe(75 * HOUR_MS + 35 * 60_000 + 5_000)
})

test('what failed together comes again apart, at most a tenth earlier', () => {
  const [latest, earliest] = [play(0), play(1)]
  expect(earliest).toHaveLength(10)
  for (const [index, at] of earliest.entries()) expect(at).toBeGreaterThanOrEqual(latest[index]! * 0.9 - 1)
})

test('what the endpoint asks for is kept, also where that leaves fewer attempts', () => {
  expect(play(0, 60_000).slice(0, 3)).toEqual([0, 60_000, 360_000])
  expect(play(0, 24 * HOUR_MS)).toEqual([0, 24, 48, 72].map((hours) => hours * HOUR_MS))
})
