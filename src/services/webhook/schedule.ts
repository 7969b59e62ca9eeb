const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** Before the second to the tenth attempt, as Standard Webhooks advises: 75 h 35 min together. */
const DELAYS_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const

/** From when the message was made. */
const WINDOW_MS = 76 * HOUR_MS
/** How much earlier, at most: what failed together is not tried again together. */
const JITTER = 0.1

/**
 * When it is tried again; null to give up.
 *
 * @param attempt the one that failed, from 1
 * @param waitMs what the endpoint asked for, which is never cut short
 * @param random 0 to 1
 */
export const nextAttemptAt = (
  {
    attempt,
    createdAt,
    now,
    waitMs,
  }: { readonly attempt: number; readonly createdAt: Date; readonly now: Date; readonly waitMs: number | null },
  random = Math.random(),
): Date | null => {
  const delayMs = DELAYS_MS[attempt - 1]
  if (delayMs === undefined) return null
  const next = now.getTime() + Math.max(delayMs * (1 - JITTER * random), waitMs ?? 0)
  return next > createdAt.getTime() + WINDOW_MS ? null : new Date(next)
}
