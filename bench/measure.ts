/** Numbers of one round: one side, one workload. */
export interface Round {
  readonly requestsPerSecond: number
  /** Null where the system does not tell. */
  readonly cpuMsPerRequest: number | null
  /** Processor time in the round, in processors: about 1 where the server, and not the load, is the limit. */
  readonly busy: number | null
  readonly p50Ms: number
  readonly p99Ms: number
}

/** All sides in turn, close together in time: what disturbs one disturbs the others about as much. */
export type Turn<Name extends string> = Readonly<Record<Name, Round>>

/** The median, and the middle half of what was measured. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
}

const at = (sorted: readonly number[], share: number): number => {
  const position = (sorted.length - 1) * share
  const [below, above] = [sorted[Math.floor(position)] ?? 0, sorted[Math.ceil(position)] ?? 0]
  return below + (above - below) * (position - Math.floor(position))
}

export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = values.toSorted((a, b) => a - b)
  return { median: at(sorted, 0.5), low: at(sorted, 0.25), high: at(sorted, 0.75) }
}

/** Null where a value of any turn is. */
export const spreadOver = <One>(turns: readonly One[], value: (turn: One) => number | null): Spread | null => {
  const values = turns.flatMap((turn) => value(turn) ?? [])
  return values.length < turns.length ? null : spreadOf(values)
}

/** Null, too, where the time of a short load is less than the system counts: 0 is not a time that one divides by. */
export const divide = (a: number | null, b: number | null): number | null => (a === null || !b ? null : a / b)

/** Every other turn begins at the other end. */
export const takeTurns = async <Name extends string, One>(
  names: readonly Name[],
  turns: number,
  measure: (name: Name) => Promise<One>,
): Promise<readonly Readonly<Record<Name, One>>[]> => {
  const all: Readonly<Record<Name, One>>[] = []
  for (let turn = 0; turn < turns; turn += 1) {
    const measured: [Name, One][] = []
    for (const name of turn % 2 === 0 ? names : names.toReversed()) measured.push([name, await measure(name)])
    all.push(Object.fromEntries(measured) as Record<Name, One>)
  }
  return all
}
