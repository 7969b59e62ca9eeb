import type { FanOut } from './fan-out.ts'
import type { IdleSockets } from './idle-sockets.ts'
import { spreadOf } from './measure.ts'
import type { Resume } from './resume.ts'

export interface StreamsMeasured {
  readonly fanOut: FanOut | null
  readonly sockets: IdleSockets | null
  readonly resume: Resume | null
}

type Row = readonly [what: string, measured: string, target: string]

const KILOBYTE = 1_024
const round = (value: number, digits = 2): string => value.toFixed(digits)
const spread = (values: readonly number[]): string => {
  const { median, low, high } = spreadOf(values)
  return `${round(median)} (${round(low)} to ${round(high)})`
}

const fanOutRows = ({ sockets, rounds }: FanOut): readonly Row[] => [
  [
    `one event to ${sockets} sockets of one user: time to the last ÷ \`ws.send\``,
    spread(rounds.map(({ gateway, raw }) => gateway.lastMs / raw.lastMs)),
    '≤ 1.00',
  ],
  [
    'the same: CPU ÷ `ws.send`',
    spread(rounds.map(({ gateway, raw }) => gateway.cpuMsPerEvent / raw.cpuMsPerEvent)),
    'none',
  ],
]

const socketRows = ({ atRest, held }: IdleSockets): readonly Row[] => {
  const [few] = held
  return held.flatMap((step): readonly Row[] => {
    const { sockets, events, residentBytes, heapBytes } = step
    const name = `${sockets} sockets, one user each`
    const perSocket = (residentBytes - atRest.residentBytes) / sockets / KILOBYTE
    const heap = (heapBytes - atRest.heapBytes) / sockets / KILOBYTE
    const cpu = few === undefined ? 1 : events.cpuMsPerEvent / few.events.cpuMsPerEvent
    return [
      [`${name}: resident memory of each over that at rest, kB`, round(perSocket, 1), '≤ 20'],
      [`${name}: heap of each, kB`, round(heap, 1), 'none'],
      [
        `${name}, ${Math.round(events.perSecond)} events/s: p99 from commit to client, ms`,
        round(events.p99Ms, 1),
        '≤ 50',
      ],
      [`${name}: CPU of one event ÷ that with ${few?.sockets ?? sockets} sockets`, round(cpu), 'independent'],
    ]
  })
}

const resumeRows = ({ subscribers, tookMs, raw, cpuMsPerResume, statementsPerResume }: Resume): readonly Row[] => [
  [`resume of ${subscribers}, all at once: time ÷ opening as many of \`ws\``, round(tookMs / raw.tookMs), 'none'],
  ['the same: CPU ÷ opening one of `ws`', round(cpuMsPerResume / raw.cpuMsPerResume), 'none'],
  ['the same: messages to the thread that owns the store, each', round(statementsPerResume), 'none'],
]

export const toStreamTable = ({ fanOut, sockets, resume }: StreamsMeasured): string => {
  const rows = [
    ...(fanOut === null ? [] : fanOutRows(fanOut)),
    ...(sockets === null ? [] : socketRows(sockets)),
    ...(resume === null ? [] : resumeRows(resume)),
  ]
  return [
    '| subscriptions | measured | target |',
    '| --- | --- | --- |',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n')
}
