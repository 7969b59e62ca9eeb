/** How many each has; who has none is not kept. */
export interface Tally {
  of(name: string): number
  add(name: string, count: 1 | -1): void
}

export const createTally = (): Tally => {
  const counts = new Map<string, number>()
  const of: Tally['of'] = (name) => counts.get(name) ?? 0
  return {
    of,
    add: (name, count) => {
      const now = of(name) + count
      if (now === 0) counts.delete(name)
      else counts.set(name, now)
    },
  }
}
