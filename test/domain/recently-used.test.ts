import { expect, test } from 'vitest'
import { createRecentlyUsed } from '../../src/domain/recently-used.ts'

test('what is used stays however much else comes, what is not is forgotten, and there is an end to it', () => {
  const memory = createRecentlyUsed<number>(10)
  memory.set('used', 1)
  memory.set('unused', 2)
  for (let round = 0; round < 1_000; round += 1) {
    memory.set(`other ${round}`, round)
    expect(memory.get('used')).toBe(1)
  }
  expect(memory.get('unused')).toBeUndefined()
  const kept = Array.from({ length: 1_000 }, (_, round) => memory.get(`other ${round}`)).filter(
    (value) => value !== undefined,
  )
  expect(kept.length).toBeGreaterThanOrEqual(9)
  expect(kept.length).toBeLessThan(20)
})
