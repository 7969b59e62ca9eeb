import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { RateCharge } from '../../../src/domain/rate-limit.ts'
import type { OpenedStore } from '../../contract/store-suite.ts'

const HOUR_MS = 3_600_000

const newCharge = (limit: number, windowMs = HOUR_MS, count = 1): RateCharge => ({
  bucket: `userStarts ${randomUUID()}`,
  limit,
  windowMs,
  count,
})

const isTaken = (waitMs: number): boolean => waitMs === 0

export const describeRates = (opened: OpenedStore): void => {
  describe('rates', () => {
    test('let exactly as many pass as the limit allows, however many ask at once', async () => {
      const { rates } = opened()
      const charge = newCharge(20)
      const waits = await Promise.all(Array.from({ length: 60 }, () => rates.charge(charge)))
      expect(waits.filter(isTaken)).toHaveLength(20)
      const refused = waits.filter((waitMs) => !isTaken(waitMs))
      // A twentieth of the hour, less what the test took.
      for (const waitMs of refused) expect(waitMs).toSatisfy((ms: number) => ms > 0 && ms <= HOUR_MS / 20)
    })

    test('let one pass again after the time they named', async () => {
      const { rates } = opened()
      const charge = newCharge(2, 1_000)
      await Promise.all([rates.charge(charge), rates.charge(charge)])
      let waitMs = await rates.charge(charge)
      const refused = waitMs
      const began = performance.now()
      // Slow machines have waited long enough already.
      while (waitMs > 0) {
        await new Promise((resolve) => setTimeout(resolve, waitMs))
        waitMs = await rates.charge(charge)
      }
      expect(performance.now() - began).toBeLessThan(Math.max(refused, 1) + 10_000)
    })

    test('take several at once, or none', async () => {
      const { rates } = opened()
      const charge = newCharge(10)
      expect(await rates.charge({ ...charge, count: 7 })).toBe(0)
      expect(await rates.charge({ ...charge, count: 7 })).toBeGreaterThan(0)
      expect(await rates.charge({ ...charge, count: 3 })).toBe(0)
      expect(await rates.charge(charge)).toBeGreaterThan(0)
    })

    test('are counted apart, and forgotten only when they are full', async () => {
      const { rates } = opened()
      const [busy, idle] = [newCharge(1), newCharge(1, 1)]
      expect([await rates.charge(busy), await rates.charge(idle)]).toEqual([0, 0])
      while (await rates.sweep());
      expect(await rates.charge(busy)).toBeGreaterThan(0)
      expect(await rates.charge(newCharge(1))).toBe(0)
    })
  })
}
