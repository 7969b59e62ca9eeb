import type { Attempt } from './sealed.ts'
import type { FiskilConsent } from './wire.ts'

/** How far Fiskil's clock may be behind ours. A person takes longer than that, so it matters after a success only. */
const CLOCK_TOLERANCE_MS = 30_000

const isLater = (at: Date | null, before: string | null): boolean =>
  at !== null && (before === null || at.getTime() > Date.parse(before))

const isSamePlace = (consent: FiskilConsent, { endUserId, institutionRef }: Attempt): boolean =>
  (consent.endUserId === null || consent.endUserId === endUserId) &&
  (institutionRef === null || consent.institutionId === institutionRef)

const newest = (consents: readonly FiskilConsent[]): FiskilConsent | null =>
  consents.toSorted((a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0))[0] ?? null

/** Whole seconds are what is left of an instant that was cut. */
const isSince = (at: Date, startedAtMs: number): boolean =>
  at.getTime() + (at.getUTCMilliseconds() === 0 ? 1000 : 1) > startedAtMs

/** One that came after the attempt. An ended one only after a success: else it may be another attempt's, taken back. */
const findNew = (attempt: Attempt, consents: readonly FiskilConsent[]): FiskilConsent | null => {
  const succeeded = attempt.outcome === 'SUCCESS'
  const startedAtMs = Date.parse(attempt.startedAt) - (succeeded ? CLOCK_TOLERANCE_MS : 0)
  const made = consents.filter(
    (consent) => isSamePlace(consent, attempt) && consent.createdAt !== null && isSince(consent.createdAt, startedAtMs),
  )
  const live = newest(made.filter(({ active }) => active !== false))
  return live ?? (succeeded ? newest(made) : null)
}

/** It is active all along: only a success, or a date that moved, tells that it was renewed. */
const findRenewed = (
  renews: Attempt['renews'] & {},
  outcome: Attempt['outcome'],
  consents: readonly FiskilConsent[],
): FiskilConsent | null => {
  const held = consents.find(({ arrangementId }) => arrangementId === renews.arrangementId)
  if (held?.active !== true) return null
  const isRenewed =
    outcome === 'SUCCESS' ||
    isLater(held.expiresAt, renews.expiresAt) ||
    isLater(held.lastConsentAt, renews.lastConsentAt)
  return isRenewed ? held : null
}

/** The consent that came of an attempt, as far as the list tells. Whether another row owns it is the caller's to check. */
export const findGrant = (attempt: Attempt, consents: readonly FiskilConsent[]): FiskilConsent | null => {
  if (attempt.renews === null) return findNew(attempt, consents)
  const renewed = findRenewed(attempt.renews, attempt.outcome, consents)
  return renewed ?? (attempt.outcome === 'SUCCESS' ? findNew(attempt, consents) : null)
}
