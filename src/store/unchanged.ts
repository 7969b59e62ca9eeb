import { createRecentlyUsed } from '../domain/recently-used.ts'
import type { Engine } from './engine.ts'

/** Values by key, for as long as nothing is committed. */
export interface Unchanged<Value> {
  /** What was read before, where reading anew would give the same; else what `read` gives. Null is not kept. */
  read(key: string, read: () => Promise<Value | null>): Promise<Value | null>
}

/** @param capacity so many keys are kept at least, and twice as many at most */
export const createUnchanged = <Value>(engine: Pick<Engine, 'state'>, capacity: number): Unchanged<Value> => {
  let values = createRecentlyUsed<Value>(capacity)
  let valuesOf: number | null = null

  return {
    read: async (key, read) => {
      const state = engine.state()
      if (state === null) return await read()
      if (state !== valuesOf) {
        values = createRecentlyUsed(capacity)
        valuesOf = state
      }
      const known = values.get(key)
      if (known !== undefined) return known
      const value = await read()
      // Read at that state or a later one: where it is that of now, the value is of it.
      if (value !== null && valuesOf === state) values.set(key, value)
      return value
    },
  }
}
