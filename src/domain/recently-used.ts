export interface RecentlyUsed<Value> {
  set(key: string, value: Value): void
  get(key: string): Value | undefined
}

/**
 * Remembers at least the `capacity` keys that were used last, and at most twice as many: a key that is not used while as many
 * others come is forgotten.
 */
export const createRecentlyUsed = <Value>(capacity: number): RecentlyUsed<Value> => {
  let young = new Map<string, Value>()
  let old = new Map<string, Value>()
  const set = (key: string, value: Value): void => {
    if (young.size >= capacity && !young.has(key)) {
      old = young
      young = new Map()
    }
    young.set(key, value)
  }
  return {
    set,
    get: (key) => {
      const known = young.get(key)
      if (known !== undefined) return known
      const older = old.get(key)
      if (older !== undefined) set(key, older)
      return older
    },
  }
}
