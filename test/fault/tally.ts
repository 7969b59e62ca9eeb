/** A number that goes up, and whoever waits for it. */
export interface Tally {
  readonly count: number
  add(): void
  /** Resolves once it is so high. */
  until(count: number): Promise<void>
}

export const createTally = (): Tally => {
  const waiting = new Set<{ readonly count: number; readonly resolve: () => void }>()
  let count = 0
  return {
    get count() {
      return count
    },
    add: () => {
      count += 1
      for (const one of waiting) {
        if (one.count > count) continue
        waiting.delete(one)
        one.resolve()
      }
    },
    until: (wanted) =>
      new Promise((resolve) => {
        if (count >= wanted) resolve()
        else waiting.add({ count: wanted, resolve })
      }),
  }
}
