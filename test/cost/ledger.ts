import { AsyncLocalStorage } from 'node:async_hooks'

/** What is counted. A statement that a commit carries is neither a look nor a read. */
export const COUNTED = [
  'upstream calls',
  'looks',
  'reads',
  'commits',
  'statements committed',
  'seals',
  'opens',
  'parses',
  'validations',
  'plans',
  'executions',
  'serializations',
] as const
export type Counted = (typeof COUNTED)[number]

/** What never happened is not in it. */
export type Counts = Readonly<Partial<Record<Counted, number>>>

export interface Ledger {
  readonly counts: Partial<Record<Counted, number>>
  closed: boolean
}

const current = new AsyncLocalStorage<Ledger>()

export const newLedger = (): Ledger => ({ counts: {}, closed: false })

/** Adds to the ledger of the request that this is done for; what nobody asked for is not counted. */
export const count = (what: Counted, times = 1): void => {
  const ledger = current.getStore()
  if (ledger === undefined || ledger.closed) return
  ledger.counts[what] = (ledger.counts[what] ?? 0) + times
}

export const countFor = <Result>(ledger: Ledger, work: () => Result): Result => current.run(ledger, work)

/** For what a request sets off and does not wait for. */
export const countForNobody = <Result>(work: () => Result): Result => current.exit(work)
