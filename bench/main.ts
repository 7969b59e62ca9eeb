/**
 * `npm run bench`: the gateway as shipped against its floor, by turns; writes `docs/performance.md`.
 *
 * --quick         short rounds: shows that everything works, and is too noisy to be kept
 * --only=<text>   workloads whose name holds it; nothing is kept
 * --profile=<dir> leaves a CPU profile of the gateway there; nothing is kept
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { requireSameAnswer } from './answers.ts'
import { type Child, cpuMsOf, findProcessors, receive, startChild } from './child.ts'
import type { FloorReady } from './floor.ts'
import { newInstallation, startGateway, tokenKeyOf } from './gateway.ts'
import type { LoadOrder, LoadResult } from './load.ts'
import type { Pair, Round } from './measure.ts'
import type { DoubleCounted, DoubleOrder, DoubleReady } from './provider-double.ts'
import { describePairs, type Measured, replaceTables, toTables } from './report.ts'
import { seed } from './seed.ts'
import { type Case, describeCase, requestsOf, type Side } from './sides.ts'
import { type Seat, SEATS, UPSTREAM_DELAY_MS, WORKLOADS } from './workloads.ts'

const { values: given } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, profile: { type: 'string' } },
})
const { rounds, roundMs, warmUpMs } = given.quick
  ? { rounds: 2, roundMs: 250, warmUpMs: 250 }
  : { rounds: 11, roundMs: 1_500, warmUpMs: 2_000 }
const KEPT_MS = 2 * 60_000
const PAGE = join(import.meta.dirname, '../docs/performance.md')

const say = (text: string): void => void process.stdout.write(`${text}\n`)

interface Bench {
  readonly servers: Readonly<Record<Side, Child & { readonly port: number }>>
  readonly load: Child
  readonly provider: Child
  readonly seats: readonly Seat[]
  readonly apiKey: string
}

const order = async <Reply>(child: Child, message: DoubleOrder | LoadOrder): Promise<Reply> => {
  child.process.send(message)
  return receive<Reply>(child)
}

/** How often the providers were asked for the load: what is kept for two minutes is asked for again after them. */
const requireCalls = (
  { workload, ...of }: Case,
  side: Side,
  { requests, elapsedMs }: LoadResult,
  { asked, unasked }: DoubleCounted,
): void => {
  const due = requests * workload.upstreamCalls
  const kept = SEATS * workload.keptCalls * (1 + Math.ceil(elapsedMs / KEPT_MS))
  // One that is missing can only have been shared with one that the gateway made on its own schedule at that moment.
  if (asked > due + kept || asked < due - unasked) {
    throw new Error(`${describeCase({ workload, ...of })}, ${side}: ${asked} upstream calls, and not ${due}`)
  }
}

/** One load on one side. Whatever was answered wrongly, or asked of the provider too often, ends the benchmark. */
const run = async (bench: Bench, of: Case, side: Side, durationMs: number, delayMs: number): Promise<Round> => {
  const server = bench.servers[side]
  await order<DoubleCounted>(bench.provider, { delayMs })
  const cpuBefore = cpuMsOf(server)
  const result = await order<LoadResult>(bench.load, {
    port: server.port,
    durationMs,
    connections: bench.seats.map((seat) => requestsOf(of, side, seat, bench.apiKey)),
  })
  const cpuAfter = cpuMsOf(server)
  if (result.fault !== null) throw new Error(`${describeCase(of)}, ${side}: ${result.fault}`)
  const counted = await order<DoubleCounted>(bench.provider, { delayMs: 0 })
  requireCalls(of, side, result, counted)
  const cpuMs = cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore
  return {
    requestsPerSecond: (result.requests / result.elapsedMs) * 1_000,
    cpuMsPerRequest: cpuMs === null ? null : cpuMs / result.requests,
    busy: cpuMs === null ? null : cpuMs / result.elapsedMs,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
  }
}

const measure = async (bench: Bench, of: Case, delayMs: number): Promise<Measured> => {
  for (const side of ['gateway', 'floor'] as const) await run(bench, of, side, warmUpMs, delayMs)
  const pairs: Pair[] = []
  for (let round = 0; round < rounds; round += 1) {
    const one = (side: Side): Promise<Round> => run(bench, of, side, roundMs, delayMs)
    if (round % 2 === 0) {
      const gateway = await one('gateway')
      pairs.push({ gateway, floor: await one('floor') })
    } else {
      const floor = await one('floor')
      pairs.push({ gateway: await one('gateway'), floor })
    }
  }
  return { of, pairs }
}

const bodyOf = async (port: number, text: string): Promise<string> => {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const [method = '', path = ''] = first.split(' ')
  const headers = Object.fromEntries(lines.map((line) => line.split(': ') as [string, string]))
  delete headers['host']
  delete headers['content-length']
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, ...(body !== '' && { body }) })
  return response.text()
}

const requireSameAnswers = async ({ servers, seats, apiKey }: Bench, cases: readonly Case[]): Promise<number> => {
  let compared = 0
  for (const of of cases) {
    for (const seat of seats) {
      const floor = requestsOf(of, 'floor', seat, apiKey)
      for (const [index, { text }] of requestsOf(of, 'gateway', seat, apiKey).entries()) {
        const shown = await bodyOf(servers.gateway.port, text)
        const expected = await bodyOf(servers.floor.port, floor[index]?.text ?? '')
        requireSameAnswer(describeCase(of), shown, expected, of.workload.changes)
        compared += 1
      }
    }
  }
  return compared
}

const cases = WORKLOADS.flatMap((workload) =>
  (['USER_TOKEN', 'API_KEY'] as const).map((credential): Case => ({ workload, credential })),
).filter((of) => given.only === undefined || describeCase(of).includes(given.only))

await using stack = new AsyncDisposableStack()
const directory = await mkdtemp(join(tmpdir(), 'consentgraph-bench-'))
stack.defer(() => rm(directory, { recursive: true, force: true }))

const provider = stack.use(startChild('bench/provider-double.ts', { place: 'AROUND', channel: true }))
const { url: providerUrl } = await receive<DoubleReady>(provider)
const installation = newInstallation(join(directory, 'data'), providerUrl)

const maker = stack.use(await startGateway(installation, 'development'))
const seats = await seed(maker, installation)
await maker[Symbol.asyncDispose]()
// Each side has files of its own; a store that was closed is one file.
const floorFile = join(directory, 'floor.db')
await cp(join(installation.dataDir, 'consentgraph.db'), floorFile)

const profiling = given.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${given.profile}`]
const gateway = stack.use(await startGateway(installation, 'production', profiling))
const floorChild = stack.use(
  startChild('bench/floor.ts', {
    args: [providerUrl, floorFile, tokenKeyOf(installation), installation.rootKey.toString('base64')],
    place: 'SERVER',
    channel: true,
  }),
)
const floor = { ...floorChild, ...(await receive<FloorReady>(floorChild)) }
const load = stack.use(startChild('bench/load.ts', { place: 'AROUND', channel: true }))
const bench: Bench = { servers: { gateway, floor }, load, provider, seats, apiKey: installation.apiKey }

if (findProcessors() === null) say('Without processors of their own, load and servers get in each other’s way.')
say(`${await requireSameAnswers(bench, cases)} answers compared: gateway and floor say the same.\n`)

const full: Measured[] = []
for (const of of cases) {
  const measured = await measure(bench, of, 0)
  full.push(measured)
  say(describePairs(measured))
}
const slow: Measured[] = []
for (const of of cases.filter(({ workload, credential }) => workload.slow && credential === 'USER_TOKEN')) {
  const measured = await measure(bench, of, UPSTREAM_DELAY_MS)
  slow.push(measured)
  say(`provider takes ${UPSTREAM_DELAY_MS} ms: ${describePairs(measured)}`)
}

const tables = toTables({ full, slow })
say(`\n${tables}`)
if (!given.quick && given.only === undefined && given.profile === undefined) {
  await writeFile(PAGE, replaceTables(await readFile(PAGE, 'utf8'), tables))
}
