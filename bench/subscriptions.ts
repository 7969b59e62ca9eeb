import { type FanOut, measureFanOut } from './fan-out.ts'
import { type IdleSockets, measureIdleSockets } from './idle-sockets.ts'
import { spreadOf } from './measure.ts'
import { toNumberCell, toSpreadCell } from './report.ts'
import { measureResume, type Resume } from './resume.ts'
import type { BenchOptions, Section, Table } from './section.ts'
import { createStreamStand } from './stream-stand.ts'

const KILOBYTE = 1_024
const EVENTS_PER_SECOND = 1_000
const SIZES = {
  quick: { users: 500, sockets: 500, rounds: 2, few: 100, durationMs: 500, idleMs: 500, subscribers: 100 },
  full: {
    users: 10_000,
    sockets: 10_000,
    rounds: 7,
    few: 1_000,
    durationMs: 10_000,
    idleMs: 5_000,
    subscribers: 1_000,
  },
} as const

/** For `--only`. */
export const STREAMS = { fanOut: 'fan-out', sockets: 'sockets', resume: 'resume' } as const

const reportFanOut = ({ sockets, rounds, messageBytes }: FanOut, { say }: BenchOptions): Table => {
  const ratio = (value: (half: FanOut['rounds'][number]['gateway']) => number): string =>
    toSpreadCell(spreadOf(rounds.map(({ gateway, raw }) => value(gateway) / value(raw))))
  const last = toSpreadCell(spreadOf(rounds.map(({ gateway }) => gateway.lastMs)))
  say(`one event of ${messageBytes} bytes to ${sockets} sockets: the last has it after ${last} ms`)
  return {
    head: [`one event to ${sockets} sockets of one user`, '÷ `ws.send`', 'target'],
    rows: [
      ['time until the last has it', ratio(({ lastMs }) => lastMs), '≤ 1.00'],
      ['CPU', ratio(({ cpuMsPerEvent }) => cpuMsPerEvent), 'none'],
    ],
  }
}

const reportSockets = ({ atRest, few, all }: IdleSockets, { say }: BenchOptions): readonly Table[] => {
  for (const { sockets, idleCpuMs, opening, events } of [few, all]) {
    say(
      `${sockets} sockets: the last ${opening.opened} opened in ${opening.tookMs.toFixed(0)} ms, ${idleCpuMs.toFixed(1)} ms CPU a second while nothing happens; ` +
        `${events.perSecond.toFixed(0)} events/s, ${events.cpuMsPerEvent.toFixed(2)} ms CPU each, p50 ${events.p50Ms.toFixed(1)} ms, worst ${events.worstMs.toFixed(1)} ms`,
    )
  }
  const each = (bytes: 'residentBytes' | 'heapBytes', held: typeof all): string =>
    toNumberCell((held[bytes] - atRest[bytes]) / held.sockets / KILOBYTE)
  const beyond = toNumberCell((all.residentBytes - few.residentBytes) / (all.sockets - few.sockets) / KILOBYTE)
  const crowd = `${all.sockets} sockets, one user each`
  return [
    {
      head: [crowd, 'kB each', 'target'],
      rows: [
        ['resident memory over that at rest', each('residentBytes', all), '≤ 20.00'],
        ['resident memory, a tenth of the sockets', each('residentBytes', few), '≤ 20.00'],
        ['resident memory, each beyond that tenth', beyond, '≤ 20.00'],
        ['heap', each('heapBytes', all), 'none'],
      ],
    },
    {
      head: [`${crowd}, ${EVENTS_PER_SECOND} events/s`, 'measured', 'target'],
      rows: [
        ['p99 from commit to client, ms', toNumberCell(all.events.p99Ms), '≤ 50.00'],
        [
          'CPU of one event ÷ that with a tenth of the sockets',
          toNumberCell(all.events.cpuMsPerEvent / few.events.cpuMsPerEvent),
          'independent',
        ],
      ],
    },
  ]
}

const reportResume = ({ subscribers, raw, ...took }: Resume, { say }: BenchOptions): Table => {
  say(
    `${subscribers} resume in ${took.tookMs.toFixed(0)} ms, p50 ${took.p50Ms.toFixed(0)} ms, p99 ${took.p99Ms.toFixed(0)} ms`,
  )
  return {
    head: [`${subscribers} resume, all at once`, 'measured', 'target'],
    rows: [
      ['time ÷ opening as many of `ws`', toNumberCell(took.tookMs / raw.tookMs), 'none'],
      ['CPU ÷ opening one of `ws`', toNumberCell(took.cpuMsPerResume / raw.cpuMsPerResume), 'none'],
      ['messages to the thread that owns the store, each', toNumberCell(took.statementsPerResume), 'none'],
    ],
  }
}

/** What subscriptions cost, beside `ws` as it comes. */
export const subscriptions: Section = {
  name: 'subscriptions',
  panels: [
    {
      title: 'One event to all sockets of one user, in times of ws.send: less is better',
      table: 0,
      column: '÷ `ws.send`',
      bound: 0,
    },
    {
      title: 'Memory of a socket with its subscription, in kB: less is better',
      table: 1,
      column: 'kB each',
      bound: 0,
    },
  ],
  run: async (options) => {
    const { quick, only, nodeOptions } = options
    const isWanted = (name: string): boolean => only === null || name.includes(only)
    if (!Object.values(STREAMS).some(isWanted)) return []
    const { users, sockets, rounds, few, durationMs, idleMs, subscribers } = quick ? SIZES.quick : SIZES.full
    await using stand = await createStreamStand(users)
    const tables: Table[] = []
    if (isWanted(STREAMS.fanOut)) {
      tables.push(
        reportFanOut(await measureFanOut(stand, { sockets, rounds, eventsPerRound: 5, nodeOptions }), options),
      )
    }
    if (isWanted(STREAMS.sockets)) {
      const steps = { few, all: sockets, perSecond: EVENTS_PER_SECOND, durationMs, idleMs, nodeOptions }
      tables.push(...reportSockets(await measureIdleSockets(stand, steps), options))
    }
    if (isWanted(STREAMS.resume)) {
      tables.push(reportResume(await measureResume(stand, { subscribers, nodeOptions }), options))
    }
    return tables
  },
}
