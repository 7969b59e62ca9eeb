import { GatewayError } from '../domain/errors.ts'
import type { CallContext } from '../domain/provider.ts'
import { watchLimit } from './limit.ts'

export interface Bulkhead {
  /** Takes a slot if one is free: then nobody waits for it. Costs no promise. */
  tryEnter(): boolean
  /** Waits in line. Null: has a slot; else why not: PROVIDER_UNAVAILABLE where the line is full, or the end of the call. */
  wait(call: CallContext): Promise<GatewayError | null>
  /**
   * Once for each slot taken.
   *
   * @param heldMs how long the provider had it; null where it was not asked, which says nothing about the next
   */
  leave(heldMs: number | null): void
  /** Resolves when no slot is taken and nobody waits. */
  idle(): Promise<void>
}

export interface BulkheadOptions {
  readonly slots: number
  /** So many may wait in any case; beyond them whoever is expected to be out of the line within `SOON_MS`, up to `MOST` times as many. */
  readonly queue: number
  /** Said to those who are turned away. */
  readonly retryAfterMs: number
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Monotonic milliseconds. */
  readonly elapsed: () => number
}

const SOON_MS = 500
const MOST = 16
/** Of the last call, in what is expected of the next. */
const WEIGHT = 0.1

/** Bounds the calls under way to one provider, so that a slow one cannot take the memory and the time of the others. */
export const createBulkhead = (options: BulkheadOptions): Bulkhead => {
  const line = new Set<() => void>()
  const idlers: (() => void)[] = []
  let taken = 0
  /** How long a call has its slot. Many that end together, as after a burst, make it no shorter. */
  let holdMs = 0
  let ended = 0
  let movedAt = 0

  const learn = (heldMs: number): void => {
    ended += 1
    holdMs += Math.max(WEIGHT, 1 / ended) * (heldMs - holdMs)
  }

  const isFull = (): boolean => {
    const { size } = line
    if (size < options.queue) return false
    // Of the first burst the short calls end first: nothing is known before as many ended as there are slots.
    if (size >= options.queue * MOST || ended < options.slots) return true
    // Where nobody has left the line for a while, calls take at least as long by now, however short they were.
    const stillMs = options.elapsed() - movedAt
    return (size * Math.max(holdMs, stillMs)) / options.slots + stillMs > SOON_MS
  }

  return {
    tryEnter: () => {
      if (taken >= options.slots) return false
      taken += 1
      return true
    },

    wait: (call) => {
      if (isFull())
        return Promise.resolve(
          new GatewayError('PROVIDER_UNAVAILABLE', {
            message: 'Too many requests to this provider are waiting.',
            retryAt: new Date(options.now() + options.retryAfterMs),
          }),
        )
      return new Promise((resolve) => {
        const enter = (): void => {
          stop()
          resolve(null)
        }
        const stop = watchLimit(call, (error) => {
          line.delete(enter)
          resolve(error)
        })
        if (line.size === 0) movedAt = options.elapsed()
        line.add(enter)
      })
    },

    leave: (heldMs) => {
      if (heldMs !== null) learn(heldMs)
      for (const enter of line) {
        movedAt = options.elapsed()
        line.delete(enter)
        enter()
        return
      }
      taken -= 1
      if (taken === 0) for (const wake of idlers.splice(0)) wake()
    },

    idle: () => (taken === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
  }
}
