/** What a CPU profile of V8 says, summed up by who wrote the code. */

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}

/** As `--cpu-prof` writes it. Times are in µs of the system's monotonic clock. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly startTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** In µs of the same clock. */
export interface Window {
  readonly from: number
  readonly to: number
}

export interface ProfileSummary {
  /** Time in which something ran, in µs. */
  readonly busy: number
  /** Self time, by part. */
  readonly parts: ReadonlyMap<string, number>
  /** Self time, by function and place. */
  readonly functions: ReadonlyMap<string, number>
}

const IDLE = '(idle)'
const ENGINE: Readonly<Record<string, string>> = {
  '(garbage collector)': 'garbage collection',
  '(program)': 'native code',
  '(root)': 'native code',
}

/** A folder of `src`, a package, or what Node.js and its engine do. */
const partOf = ({ functionName, url }: ProfileNode['callFrame']): string => {
  if (url === '') return ENGINE[functionName] ?? 'native code'
  if (url.startsWith('node:')) return 'Node.js'
  const installed = url.split('/node_modules/').at(-1)
  if (installed !== undefined && installed !== url) return /^(?:@[^/]+\/)?[^/]+/.exec(installed)?.[0] ?? installed
  const own = /\/(src\/(?:providers|store|graphql)\/[\w-]+|src\/[\w-]+)\//.exec(url)?.[1]
  return own === undefined ? 'src' : `\`${own}\``
}

const placeOf = ({ functionName, url, lineNumber }: ProfileNode['callFrame']): string => {
  const file = url === '' ? '' : ` ${url.replace(/^file:.*\/(?=src\/|node_modules\/)/, '')}:${lineNumber + 1}`
  return `${functionName || '(anonymous)'}${file}`
}

const add = (to: Map<string, number>, name: string, value: number): void =>
  void to.set(name, (to.get(name) ?? 0) + value)

/** Of all threads, while the load was there: what came before and after is left out. */
export const summarizeProfiles = (profiles: readonly CpuProfile[], { from, to }: Window): ProfileSummary => {
  const parts = new Map<string, number>()
  const functions = new Map<string, number>()
  let busy = 0
  for (const { nodes, startTime, samples, timeDeltas } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
    let now = startTime
    for (const [index, id] of samples.entries()) {
      const took = timeDeltas[index] ?? 0
      now += took
      const frame = frames.get(id)
      if (frame === undefined || frame.functionName === IDLE || now < from || now > to) continue
      busy += took
      add(parts, partOf(frame), took)
      add(functions, placeOf(frame), took)
    }
  }
  return { busy, parts, functions }
}

const byTime = (times: ReadonlyMap<string, number>): readonly (readonly [string, number])[] =>
  [...times].toSorted(([, a], [, b]) => b - a)

const TOP = 20
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`

/** For whoever looks for where to save. */
export const describeSummary = (title: string, { busy, functions }: ProfileSummary): string =>
  [
    title,
    ...byTime(functions)
      .slice(0, TOP)
      .map(([name, took]) => `  ${percent(took, busy).padStart(7)}  ${name}`),
  ].join('\n')

const LEAST_SHARE = 0.01

export interface Titled {
  readonly title: string
  readonly summary: ProfileSummary
}

/** A row for each part that is a hundredth of any workload's time, and one for the rest. */
export const toPartRows = (all: readonly Titled[]): readonly (readonly string[])[] => {
  const shareOf = (part: string, { summary }: Titled): number => (summary.parts.get(part) ?? 0) / summary.busy
  const total = new Map<string, number>()
  for (const one of all) for (const part of one.summary.parts.keys()) add(total, part, shareOf(part, one))
  const shown = byTime(total)
    .map(([part]) => part)
    .filter((part) => all.some((one) => shareOf(part, one) >= LEAST_SHARE))
  const rest = all.map((one) => 1 - shown.reduce((sum, part) => sum + shareOf(part, one), 0))
  return [
    ...shown.map((part) => [part, ...all.map((one) => percent(shareOf(part, one), 1))]),
    ['the rest', ...rest.map((share) => percent(Math.max(0, share), 1))],
  ]
}
