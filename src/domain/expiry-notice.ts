import type { Consent } from './consent.ts'

const DAY_MS = 86_400_000

/** Days before the end at which a notice is due, unless configured otherwise. */
export const DEFAULT_NOTICE_DAYS: readonly number[] = [14, 7, 1]

export interface ExpiryNotice {
  readonly at: Date
  readonly daysLeft: number
}

/**
 * The first notice that is due after an instant; null where none is left. Only thresholds below half of the consent's
 * life count: a consent of ten days is not announced to end in seven.
 */
export const nextExpiryNotice = (
  { status, expiresAt, authorizedAt, createdAt }: Pick<Consent, 'status' | 'expiresAt' | 'authorizedAt' | 'createdAt'>,
  after: Date,
  days: readonly number[] = DEFAULT_NOTICE_DAYS,
): ExpiryNotice | null => {
  if (status !== 'AUTHORIZED' || expiresAt === null) return null
  const lifeMs = expiresAt.getTime() - (authorizedAt ?? createdAt).getTime()
  const notices = days
    .filter((count) => count * DAY_MS < lifeMs / 2)
    .map((daysLeft) => ({ at: new Date(expiresAt.getTime() - daysLeft * DAY_MS), daysLeft }))
    .filter(({ at }) => at.getTime() > after.getTime())
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
  return notices[0] ?? null
}
