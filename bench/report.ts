import { describeCase, type Case } from './sides.ts'
import { divide, type Pair, type Spread, spreadOver } from './measure.ts'

export interface Measured {
  readonly of: Case
  readonly pairs: readonly Pair[]
}

export interface Results {
  /** As fast as the answers come. */
  readonly full: readonly Measured[]
  /** With a slow provider. */
  readonly slow: readonly Measured[]
}

const START = '<!-- bench:start -->'
const END = '<!-- bench:end -->'

const number = (value: number): string => value.toFixed(2)
const spread = (value: Spread | null): string =>
  value === null ? 'not known' : `${number(value.median)} (${number(value.low)} to ${number(value.high)})`
const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const targetOf = ({ workload }: Case): string => {
  if (workload.target === null) return 'none'
  const { throughput, cpu } = workload.target
  return cpu === null ? `≥ ${number(throughput)}` : `≥ ${number(throughput)}, ≤ ${number(cpu)}`
}

/** How much of its capacity the gateway was asked for while the provider was slow. */
const loadOf = ({ of, pairs }: Measured, full: readonly Measured[]): string => {
  const capacity = full.find((other) => describeCase(other.of) === describeCase(of))
  const asked = spreadOver(pairs, ({ gateway }) => gateway.requestsPerSecond)
  const could = capacity && spreadOver(capacity.pairs, ({ gateway }) => gateway.requestsPerSecond)
  return asked === null || could == null ? 'not known' : number(asked.median / could.median)
}

export const toTables = ({ full, slow }: Results): string => {
  const fast = full.map(({ of, pairs }) =>
    row(
      describeCase(of),
      spread(spreadOver(pairs, ({ gateway, floor }) => gateway.requestsPerSecond / floor.requestsPerSecond)),
      spread(spreadOver(pairs, ({ gateway, floor }) => divide(gateway.cpuMsPerRequest, floor.cpuMsPerRequest))),
      targetOf(of),
      spread(spreadOver(pairs, ({ floor }) => floor.busy)),
    ),
  )
  const late = slow.map((measured) =>
    row(
      describeCase(measured.of),
      spread(spreadOver(measured.pairs, ({ gateway, floor }) => gateway.p50Ms - floor.p50Ms)),
      spread(spreadOver(measured.pairs, ({ gateway, floor }) => gateway.p99Ms - floor.p99Ms)),
      '≤ 1.00, ≤ 5.00',
      loadOf(measured, full),
    ),
  )
  return [
    row('workload', 'req/s ÷ floor', 'CPU ÷ floor', 'target', 'processors the floor kept busy'),
    row('---', '---', '---', '---', '---'),
    ...fast,
    '',
    row('provider takes 20 ms', 'p50 added, ms', 'p99 added, ms', 'target', 'load ÷ capacity of the gateway'),
    row('---', '---', '---', '---', '---'),
    ...late,
  ].join('\n')
}

/** Absolute numbers: they say something of this machine in this minute, so they are shown and not kept. */
export const describePairs = ({ of, pairs }: Measured): string => {
  const line = (side: 'gateway' | 'floor'): string => {
    const over = (value: (pair: Pair) => number | null): string => spread(spreadOver(pairs, value))
    return [
      `  ${side.padEnd(8)}`,
      `${over((pair) => pair[side].requestsPerSecond)} req/s`,
      `${over((pair) => pair[side].cpuMsPerRequest)} ms CPU`,
      `p50 ${over((pair) => pair[side].p50Ms)} ms`,
      `p99 ${over((pair) => pair[side].p99Ms)} ms`,
      `busy ${over((pair) => pair[side].busy)}`,
    ].join('  ')
  }
  return [describeCase(of), line('gateway'), line('floor')].join('\n')
}

/** @throws Error for a page without the markers */
export const replaceTables = (page: string, tables: string): string => {
  const [start, end] = [page.indexOf(START), page.indexOf(END)]
  if (start === -1 || end < start) throw new Error(`the page has no ${START} and ${END}`)
  return `${page.slice(0, start + START.length)}\n\n${tables}\n\n${page.slice(end)}`
}
