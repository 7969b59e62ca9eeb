import type { TestContext } from 'vitest'

/** How often a suite repeats its fault. */
export interface Rounds {
  /** In `npm run test:faults` as CI runs it. */
  readonly short: number
  /** With `FAULT_ROUNDS=long`: the count that docs/reliability.md gives figures for. */
  readonly long: number
}

export interface Campaign {
  readonly rounds: number
  /** Are there more rounds than in a short run? Then what only many rounds show is printed. */
  readonly isLong: boolean
  /** From 0 to 1, the same sequence for the same seed. */
  readonly random: () => number
}

const SEED = 20261121

/** mulberry32: a small generator, of which nothing but the same sequence for the same seed is asked. */
const createRandom = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A whole number above 0, or null where the variable is not set. */
const numberFrom = (name: string): number | null => {
  const text = process.env[name]
  if (text === undefined || text === '') return null
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1)
    throw new Error(`${name} must be a whole number above 0, not ${text}.`)
  return number
}

/**
 * The rounds of a test, from `FAULT_ROUNDS` (a number, or `long`) and `FAULT_SEED`. Where the test fails, it prints the
 * command that plays the same rounds again.
 */
export const openCampaign = ({ task, onTestFailed }: TestContext, { short, long }: Rounds): Campaign => {
  const asked = process.env['FAULT_ROUNDS'] === 'long' ? long : numberFrom('FAULT_ROUNDS')
  const seed = numberFrom('FAULT_SEED') ?? SEED
  const rounds = asked ?? short
  onTestFailed(() => {
    const command = `FAULT_ROUNDS=${rounds} FAULT_SEED=${seed} npm run test:faults -- ${task.file.name}`
    process.stderr.write(`To play it again: ${command} -t '${task.name}'\n`)
  })
  return { rounds, isLong: rounds > short, random: createRandom(seed) }
}

/** The value below which `share` of them lie; 0.5 is the middle one. */
export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN
