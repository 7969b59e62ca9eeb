import { GatewayError } from '../domain/errors.ts'
import type { CallContext } from '../domain/provider.ts'
import { watchLimit } from './limit.ts'

export interface Bulkhead {
  /** Takes a slot if one is free: then nobody waits for it. Costs no promise. */
  tryEnter(): boolean
  /** Waits in line. Null: has a slot; else why not: PROVIDER_UNAVAILABLE where the line is full, or the end of the call. */
  wait(call: CallContext): Promise<GatewayError | null>
  /** Once for each slot taken. */
  leave(): void
  /** Resolves when no slot is taken and nobody waits. */
  idle(): Promise<void>
}

export interface BulkheadOptions {
  readonly slots: number
  readonly queue: number
  /** Said to those who are turned away. */
  readonly retryAfterMs: number
  readonly now: () => number
}

/** Bounds the calls under way to one provider, so that a slow one cannot take the memory and the time of the others. */
export const createBulkhead = (options: BulkheadOptions): Bulkhead => {
  const line = new Set<() => void>()
  const idlers: (() => void)[] = []
  let taken = 0

  return {
    tryEnter: () => {
      if (taken >= options.slots) return false
      taken += 1
      return true
    },

    wait: (call) => {
      if (line.size >= options.queue)
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
        line.add(enter)
      })
    },

    leave: () => {
      for (const enter of line) {
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
