import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { GatewayProcess } from '../e2e/gateway-process.ts'

const counts = z.record(z.string(), z.number())
const Report = z.object({ heapBytes: z.number(), active: counts, listeners: counts })

/** What a process holds; `heapBytes` after garbage was collected. */
export interface Resources extends z.infer<typeof Report> {
  readonly files: number
}

/** With these a gateway can be asked. */
export const REPORTING_ENV = { NODE_OPTIONS: `--import ${join(import.meta.dirname, 'programs/report-resources.ts')}` }

/** How many sockets and files a process has open. */
export const openFiles = ({ pid }: Pick<GatewayProcess, 'pid'>): number => readdirSync(`/proc/${pid}/fd`).length

export const residentBytes = ({ pid }: Pick<GatewayProcess, 'pid'>): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024

const LINE = /^resources (.*)$/gm

export const readResources = async (gateway: GatewayProcess): Promise<Resources> => {
  const said = (): readonly string[] => [...gateway.printed.log.matchAll(LINE)].map(([, json]) => json!)
  const before = said().length
  process.kill(gateway.pid, 'SIGUSR2')
  while (said().length === before) await pause(20)
  return { ...Report.parse(JSON.parse(said().at(-1)!)), files: openFiles(gateway) }
}

const mostOfEach = (a: Resources['active'], b: Resources['active']): Resources['active'] =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((k) => [k, Math.max(a[k] ?? 0, b[k] ?? 0)]),
  )

/** Of each kind as many as one of the two has; the heap of the second. */
export const mostOf = (a: Resources, b: Resources): Resources => ({
  heapBytes: b.heapBytes,
  files: Math.max(a.files, b.files),
  active: mostOfEach(a.active, b.active),
  listeners: mostOfEach(a.listeners, b.listeners),
})

/** What a connection that is kept for later is: a socket, its file, and the timer that will end it. */
const OF_A_CONNECTION: ReadonlySet<string> = new Set(['TCPSocketWrap', 'files', 'Timeout'])

/**
 * Kinds of which there are more than there were.
 *
 * @param pooled connections that a pool may have open or not, as its work happens to fall together
 */
export const moreThan = (was: Resources, is: Resources, pooled = 0): Readonly<Record<string, string>> => {
  const flat = ({ active, listeners, files }: Resources): ReadonlyMap<string, number> =>
    new Map([...Object.entries(active), ...Object.entries(listeners), ['files', files]])
  const known = flat(was)
  const grown = [...flat(is)].filter(
    ([name, count]) => count > (known.get(name) ?? 0) + (OF_A_CONNECTION.has(name) ? pooled : 0),
  )
  return Object.fromEntries(grown.map(([name, count]) => [name, `${known.get(name) ?? 0} -> ${count}`]))
}
