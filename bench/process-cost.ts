import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Child, cpuMsOf, receive, startChild } from './child.ts'
import { newInstallation, startGateway } from './gateway.ts'
import { newFolder } from './leftovers.ts'
import { divide, type Spread, spreadOver, takeTurns } from './measure.ts'
import type { DoubleReady } from './provider-double.ts'
import { toSpreadCell } from './report.ts'
import type { Server } from './request-stand.ts'
import type { Section } from './section.ts'

interface ProcessCost {
  /** From the start of the process until it answers that it is ready. */
  readonly readyMs: number
  /** Null where the system does not tell. */
  readonly cpuMs: number | null
  readonly residentBytes: number | null
}

const SIDES = ['gateway', 'bare'] as const
const READY_DEADLINE_MS = 30_000
const POLL_MS = 2
const MIB = 1_048_576
const TARGET_BYTES = 170_000_000
const TARGET_MS = 1_000

/** Null where the system does not tell of other processes. */
const residentBytesOf = ({ pid }: Child): number | null => {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? null : Number(kilobytes) * 1_024
  } catch {
    // Not Linux.
    return null
  }
}

const waitUntilReady = async ({ port }: Server, startedAt: number): Promise<void> => {
  for (;;) {
    const { status } = await fetch(`http://127.0.0.1:${port}/health/ready`)
    if (status === 200) return
    if (performance.now() - startedAt > READY_DEADLINE_MS) throw new Error(`not ready: /health/ready says ${status}`)
    await pause(POLL_MS)
  }
}

const measureProcess = async (start: () => Promise<Server>, restMs: number): Promise<ProcessCost> => {
  const startedAt = performance.now()
  await using server = await start()
  await waitUntilReady(server, startedAt)
  const readyMs = performance.now() - startedAt
  const cpuMs = cpuMsOf(server)
  await pause(restMs)
  return { readyMs, cpuMs, residentBytes: residentBytesOf(server) }
}

const startBare = async (): Promise<Server> => {
  const child = startChild('bench/bare-server.ts', { place: 'SERVER', channel: true })
  return { ...child, ...(await receive<{ readonly port: number }>(child)) }
}

const toVerdict = (value: Spread | null, most: number): string =>
  value === null ? 'not known' : value.median <= most ? 'yes' : 'no'

/** What the process takes before anybody asks: beside a process that does nothing but listen. */
export const processCost: Section = {
  name: 'process',
  panels: [],
  run: async ({ quick, only, nodeOptions, say }) => {
    const table = { head: ['process', '÷ bare `node:http`', 'target', 'kept'], rows: [] as string[][] }
    if (only !== null) return [table]
    await using stack = new AsyncDisposableStack()
    const { path: directory } = stack.use(await newFolder('process'))
    const provider = stack.use(startChild('bench/provider-double.ts', { place: 'AROUND', channel: true }))
    const { url } = await receive<DoubleReady>(provider)
    const installation = newInstallation(join(directory, 'data'), url)
    const starts = {
      gateway: () => startGateway(installation, 'production', nodeOptions),
      bare: startBare,
    } satisfies Record<(typeof SIDES)[number], () => Promise<Server>>

    const [turns, restMs] = quick ? [2, 500] : [7, 3_000]
    for (const side of SIDES) await measureProcess(starts[side], 0)
    const measured = await takeTurns(SIDES, turns, (side) => measureProcess(starts[side], restMs))
    const of = (side: (typeof SIDES)[number], name: keyof ProcessCost): Spread | null =>
      spreadOver(measured, (turn) => turn[side][name])
    for (const side of SIDES) {
      const memory = spreadOver(measured, (turn) => divide(turn[side].residentBytes, MIB))
      say(
        `${side.padEnd(12)}ready after ${toSpreadCell(of(side, 'readyMs'))} ms, ${toSpreadCell(of(side, 'cpuMs'))} ms CPU; at rest ${toSpreadCell(memory)} MiB`,
      )
    }
    const ratio = (name: keyof ProcessCost): string =>
      toSpreadCell(spreadOver(measured, ({ gateway, bare }) => divide(gateway[name], bare[name])))
    table.rows.push(
      [
        'resident memory at rest',
        ratio('residentBytes'),
        '≤ 170 MB',
        toVerdict(of('gateway', 'residentBytes'), TARGET_BYTES),
      ],
      ['time from start to ready', ratio('readyMs'), '≤ 1 s', toVerdict(of('gateway', 'readyMs'), TARGET_MS)],
      ['CPU from start to ready', ratio('cpuMs'), 'none', 'none set'],
    )
    return [table]
  },
}
