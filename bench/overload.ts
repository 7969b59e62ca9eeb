/**
 * `node bench/overload.ts`: what is left of the gateway's peak when three times as much comes. What is asked is a day's mix
 * (`day.ts`), of callers who come again when they were told to. By hand: it needs two processors to itself. Ends with an error
 * where less is left than is promised.
 *
 * --seconds=<n>   how long the load lasts; 60 by default
 * --times=<n>     how many times the peak; 3 by default
 * --heedless      whoever is refused comes again at once, whatever it was told
 * --unguarded     without admission, to see what it is for; nothing is required then
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { cpuMsOf, receive, startChild } from './child.ts'
import { askAllDay, spread } from './day.ts'
import { newInstallation, startGateway } from './gateway.ts'
import { newFolder } from './leftovers.ts'
import type { LoadOrder, LoadResult } from './load.ts'
import type { OpenLoadOrder, OpenLoadResult } from './open-load.ts'
import type { DoubleReady } from './provider-double.ts'
import { seed } from './seed.ts'

const { values: given } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    times: { type: 'string', default: '3' },
    heedless: { type: 'boolean', default: false },
    unguarded: { type: 'boolean', default: false },
  },
})
const durationMs = Number(given.seconds) * 1_000
/** The peak is the same after some seconds, and found twice. */
const peakMs = Math.min(durationMs, 20_000)
/** As long as it grows faster. */
const WARM_UP_MS = 20_000
const PEAK_CONNECTIONS = 64
const GOODPUT_SHARE = 0.9
/** Of what is answered so much may be something else than what was asked for. */
const MAX_FAULT_SHARE = 0.001
/** A connection is one caller, who waits for its answer, or for the time that it was told. */
const MAX_CONNECTIONS = 2_000

/** There is always somebody to send what is due: waking up for each millisecond would only take time from what is measured. */
const TICK_MS = 5

const say = (text: string): void => void process.stdout.write(`${text}\n`)

await using stack = new AsyncDisposableStack()
const { path: directory } = stack.use(await newFolder('overload'))
const provider = stack.use(startChild('bench/provider-double.ts', { place: 'AROUND', channel: true }))
const installation = newInstallation(join(directory, 'data'), (await receive<DoubleReady>(provider)).url)
const maker = await startGateway(installation, 'development')
const seats = await seed(maker, installation)
await maker[Symbol.asyncDispose]()

const gateway = stack.use(
  await startGateway(installation, 'production', [], given.unguarded ? { OVERLOAD_DELAY_MS: '0' } : {}),
)
const { port } = gateway
const asked = askAllDay(seats, PEAK_CONNECTIONS)

const closed = stack.use(startChild('bench/load.ts', { place: 'AROUND', channel: true }))
/** What a process kept busy, in processors, while something ran. */
const busyDuring = async <Result>(
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly busy: string }> => {
  const uses = [gateway, provider].map((child) => cpuMsOf(child))
  const startedAt = performance.now()
  const result = await work()
  const tookMs = performance.now() - startedAt
  const [ofGateway, ofProvider] = [gateway, provider].map((child, index) => {
    const [before, after] = [uses[index] ?? null, cpuMsOf(child)]
    return before === null || after === null ? 'not known' : ((after - before) / tookMs).toFixed(2)
  })
  return { result, busy: `processors kept busy: gateway ${ofGateway}, providers ${ofProvider}` }
}

const peakLoad = async (ms: number): Promise<LoadResult> => {
  const order: LoadOrder = { port, durationMs: ms, connections: asked }
  closed.process.send(order)
  const result = await receive<LoadResult>(closed)
  if (result.fault !== null) throw new Error(result.fault)
  return result
}
const rateOf = ({ requests, elapsedMs }: LoadResult): number => (requests / elapsedMs) * 1_000

await peakLoad(WARM_UP_MS)
const { result: before, busy: busyAtPeak } = await busyDuring(() => peakLoad(peakMs))
const perSecond = rateOf(before) * Number(given.times)

const open = stack.use(startChild('bench/open-load.ts', { place: 'AROUND', channel: true }))
const flood: OpenLoadOrder = {
  port,
  durationMs,
  perSecond,
  maxConnections: MAX_CONNECTIONS,
  // One after the other from each caller, so that what is under way at once is everybody's.
  requests: spread(asked),
  heedless: given.heedless,
  tickMs: TICK_MS,
}
open.process.send(flood)
const health: number[] = []
const watch = setInterval(() => {
  const startedAt = performance.now()
  void fetch(`http://127.0.0.1:${port}/health/live`).then(({ status }) =>
    health.push(status === 200 ? performance.now() - startedAt : Number.POSITIVE_INFINITY),
  )
}, 500)
const answered = receive<OpenLoadResult>(open)
// The answers to what was sent last come after it.
const { busy: busyUnderFlood } = await busyDuring(() => sleep(durationMs))
const result = await answered
clearInterval(watch)
const after = await peakLoad(peakMs)
// Half before and half after, so that a machine that grows slower or faster is no result.
const peak = (rateOf(before) + rateOf(after)) / 2
const goodput = (result.answered.count / result.elapsedMs) * 1_000
const share = goodput / peak
const round = (value: number): string => value.toFixed(2)
say(`peak, ${PEAK_CONNECTIONS} connections: ${peak.toFixed(0)}/s, p99 ${round(before.p99Ms)} ms; ${busyAtPeak}`)
say(
  `${given.times} times as much: ${round(share)} of the peak answered, p50 ${round(result.answered.p50Ms)} ms, p99 ${round(result.answered.p99Ms)} ms; ${busyUnderFlood}`,
)
say(
  `refused: ${result.refused.count}, p50 ${round(result.refused.p50Ms)} ms, p99 ${round(result.refused.p99Ms)} ms; due, and no caller free: ${result.unsent}; lost: ${result.lost}`,
)
// Such as what is known from before, where a provider did not answer in time: no fault of a process, and no goodput.
if (result.fault !== null) say(`answered otherwise: ${result.faults}; the first:\n${result.fault}`)
say(`health, at worst: ${round(Math.max(...health))} ms`)
say(`after it: ${round(rateOf(after) / rateOf(before))} of the peak before`)
if (!given.unguarded && share < GOODPUT_SHARE) {
  throw new Error(`${round(share)} of the peak is left; promised are ${GOODPUT_SHARE}`)
}
if (result.faults > result.answered.count * MAX_FAULT_SHARE) throw new Error(`${result.faults} were answered otherwise`)
