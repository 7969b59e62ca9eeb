import { setImmediate as othersFirst } from 'node:timers/promises'
import type { StoreKeys } from '../domain/sealing.ts'

/** Small enough that no request waits for one. */
export const REWRAP_BATCH_ROWS = 100
/** A pass may meet what a process that still seals with an older key has just written. */
const MAX_PASSES = 3

export interface Rewrapped {
  readonly moved: number
  /** Of the last pass: no key that was given opens them. */
  readonly unreadable: number
  /** What older keys hold still. */
  readonly left: number
}

/** Moves what older keys sealed to the current one, in batches, until nothing is left or nothing more can be done. */
export const rewrapAll = async (
  keys: StoreKeys,
  { batchRows = REWRAP_BATCH_ROWS, signal }: { readonly batchRows?: number; readonly signal?: AbortSignal } = {},
): Promise<Rewrapped> => {
  const countLeft = async (): Promise<number> =>
    (await keys.usage()).reduce((sum, { rows, state }) => (state === 'OLDER' ? sum + rows : sum), 0)
  let moved = 0
  for (let pass = 1; ; pass += 1) {
    let unreadable = 0
    for await (const batch of keys.rewrap(batchRows)) {
      moved += batch.moved
      unreadable += batch.unreadable
      if (signal?.aborted === true) return { moved, unreadable, left: await countLeft() }
      await othersFirst()
    }
    const left = await countLeft()
    if (left <= unreadable || pass === MAX_PASSES) return { moved, unreadable, left }
  }
}

export interface KeyRotation {
  start(): void
  stop(): Promise<void>
}

/** Does it beside the requests of this process, for a store that no other gateway has. */
export const createKeyRotation = (
  keys: StoreKeys,
  told: { readonly done: (result: Rewrapped) => void; readonly failed: (error: unknown) => void },
): KeyRotation => {
  const stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()
  const run = async (): Promise<void> => {
    try {
      const result = await rewrapAll(keys, { signal: stopping.signal })
      if (!stopping.signal.aborted) told.done(result)
    } catch (error) {
      // What was moved stays moved; the next start goes on.
      told.failed(error)
    }
  }
  return {
    start: () => {
      running = run()
    },
    stop: () => {
      stopping.abort()
      return running
    },
  }
}
