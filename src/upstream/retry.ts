import type { CallContext } from '../domain/provider.ts'
import { spentLimit, watchLimit } from './limit.ts'
import type { UpstreamResponse } from './response.ts'

/** After the first attempt. */
export const MAX_RETRIES = 2
const BASE_DELAY_MS = 100
const MAX_DELAY_MS = 1_000
/** Less time than this before the deadline is not worth an attempt. */
const MIN_ATTEMPT_MS = 50

/** Answers that another attempt may better. A 429 only where the provider says when: asking again at once counts against us. */
export const isWorthRetrying = (response: UpstreamResponse, waitMs: number | null): boolean =>
  response.status === 429
    ? waitMs !== null
    : response.status === 500 || (response.status >= 502 && response.status <= 504)

export interface RetryQuestion {
  /** Attempts made so far, from 1. */
  readonly attempts: number
  /** Until the deadline. */
  readonly remainingMs: number
  /** What the provider asked for, or null. */
  readonly waitMs: number | null
  readonly random: () => number
}

/** How long to wait before the next attempt (full jitter, never less than the provider asked for); null: not at all. */
export const toRetryDelayMs = ({ attempts, remainingMs, waitMs, random }: RetryQuestion): number | null => {
  if (attempts > MAX_RETRIES) return null
  const jitterMs = random() * Math.min(BASE_DELAY_MS * 2 ** (attempts - 1), MAX_DELAY_MS)
  const delayMs = (waitMs ?? 0) + jitterMs
  return delayMs + MIN_ATTEMPT_MS <= remainingMs ? delayMs : null
}

/** Resolves after the time, or at once when the call ends: the caller asks `spentLimit` again. */
export const pause = (delayMs: number, call: CallContext): Promise<void> =>
  new Promise((resolve) => {
    if (spentLimit(call) !== null) return resolve()
    const timer = setTimeout(() => {
      stop()
      resolve()
    }, delayMs)
    const stop = watchLimit(call, () => {
      clearTimeout(timer)
      resolve()
    })
  })

export interface RetryBudget {
  /** A call begins. */
  deposit(): void
  /** May a retry be made? Takes it from the budget. */
  withdraw(): boolean
}

const SHARE = 0.2
const MINIMUM = 3
const MINIMUM_PER_MS = 10_000
const CAPACITY = 20

/** Retries may add a fifth to what a provider gets, and 3 in 10 s however few the calls: a provider in trouble gets no storm. */
export const createRetryBudget = (now: () => number): RetryBudget => {
  let left = MINIMUM
  let filledAt = now()
  return {
    deposit: () => {
      left = Math.min(left + SHARE, CAPACITY)
    },
    withdraw: () => {
      const at = now()
      if (left < MINIMUM) left = Math.min(left + (Math.max(at - filledAt, 0) * MINIMUM) / MINIMUM_PER_MS, MINIMUM)
      filledAt = at
      if (left < 1) return false
      left -= 1
      return true
    },
  }
}
