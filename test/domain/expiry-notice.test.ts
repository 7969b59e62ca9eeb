import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DEFAULT_NOTICE_DAYS, nextExpiryNotice } from '../../src/domain/expiry-notice.ts'
import { newConsent, START } from './consents.ts'

const DAY_MS = 86_400_000

const lasting = (days: number) =>
  newConsent({ status: 'AUTHORIZED', authorizedAt: START, expiresAt: new Date(START.getTime() + days * DAY_MS) })

const noticesOf = (days: number): readonly number[] => {
  const said: number[] = []
  let after = START
  for (;;) {
    const notice = nextExpiryNotice(lasting(days), after)
    if (notice === null) return said
    said.push(notice.daysLeft)
    after = notice.at
  }
}

it('comes at 14, 7 and 1 days, once each', () => {
  expect(noticesOf(180)).toEqual([14, 7, 1])
})

it('knows only thresholds below half of the life', () => {
  expect(noticesOf(28)).toEqual([7, 1])
  expect(noticesOf(10)).toEqual([1])
  expect(noticesOf(2)).toEqual([])
})

it('is never due before the consent began nor after its end', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 400, noNaN: true }), (days) => {
      const notice = nextExpiryNotice(lasting(days), START)
      if (notice === null) return
      expect(notice.at.getTime()).toBeGreaterThan(START.getTime() + (days * DAY_MS) / 2)
      expect(DEFAULT_NOTICE_DAYS).toContain(notice.daysLeft)
    }),
  )
})

it('says nothing of a consent that is not authorized', () => {
  expect(nextExpiryNotice({ ...lasting(180), status: 'REVOKED' }, START)).toBeNull()
})
