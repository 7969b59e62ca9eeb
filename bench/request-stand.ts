import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { requireSameAnswer } from './answers.ts'
import { type Child, cpuMsOf, findProcessors, receive, startChild } from './child.ts'
import type { FloorReady } from './floor.ts'
import { type Installation, newInstallation, type RunningGateway, startGateway, tokenKeyOf } from './gateway.ts'
import { newFolder } from './leftovers.ts'
import type { LoadOrder, LoadRequest, LoadResult } from './load.ts'
import type { Round } from './measure.ts'
import type { DoubleCounted, DoubleOrder, DoubleReady } from './provider-double.ts'
import type { BenchOptions } from './section.ts'
import { seed } from './seed.ts'
import { type Case, describeCase, requestsOf, type Side } from './sides.ts'
import { type CredentialKind, type Seat, SEATS, WORKLOADS } from './workloads.ts'

/** How long, and how often. */
export interface Lengths {
  readonly turns: number
  readonly roundMs: number
  readonly warmUpMs: number
}

export const lengthsOf = ({ quick }: BenchOptions): Lengths =>
  quick ? { turns: 2, roundMs: 250, warmUpMs: 250 } : { turns: 9, roundMs: 1_500, warmUpMs: 10_000 }

export type Server = Child & { readonly port: number }

/** A load as it was answered, and what it took. */
export interface Loaded<Result> {
  readonly result: Result
  readonly counted: DoubleCounted
  /** Null where the system does not tell. */
  readonly cpuMs: number | null
}

/** The providers' doubles, people with consents, and the gateway beside the floor. */
export interface RequestStand extends AsyncDisposable {
  readonly installation: Installation
  readonly seats: readonly Seat[]
  readonly gateway: RunningGateway
  readonly floor: Server
  /** Of the floor: as the gateway's was when it started. */
  readonly floorFile: string
  /** While the load is sent, each call about one person takes so long. */
  load(server: Server, load: Load): Promise<Loaded<LoadResult>>
  /** The same for a load from another process. */
  watch<Result>(server: Server, delayMs: number, send: () => Promise<Result>): Promise<Loaded<Result>>
}

export interface Load {
  readonly connections: readonly (readonly LoadRequest[])[]
  readonly durationMs: number
  readonly delayMs: number
}

export const order = async <Reply>(child: Child, message: object): Promise<Reply> => {
  child.process.send(message)
  return await receive<Reply>(child)
}

export const toRound = ({ result, cpuMs }: Loaded<LoadResult>): Round => ({
  requestsPerSecond: (result.requests / result.elapsedMs) * 1_000,
  cpuMsPerRequest: cpuMs === null ? null : cpuMs / result.requests,
  busy: cpuMs === null ? null : cpuMs / result.elapsedMs,
  p50Ms: result.p50Ms,
  p99Ms: result.p99Ms,
})

const KEPT_MS = 2 * 60_000

/**
 * How often the providers were asked for the load: what is kept for two minutes is asked for again after them.
 *
 * @param mayBeShared of the calls, 0 to 1: requests that a pause of the machine brought together ask once
 * @throws Error where that is not as often as each request needs
 */
export const requireCalls = (
  of: Case,
  by: string,
  { requests, elapsedMs }: { readonly requests: number; readonly elapsedMs: number },
  { asked, unasked }: DoubleCounted,
  mayBeShared = 0,
): void => {
  const { workload } = of
  const due = requests * workload.upstreamCalls
  const kept = SEATS * workload.keptCalls * (1 + Math.ceil(elapsedMs / KEPT_MS))
  // One that is missing can only have been shared with one that the gateway made on its own schedule at that moment.
  if (asked > due + kept || asked < due * (1 - mayBeShared) - unasked) {
    throw new Error(`${describeCase(of)}, ${by}: ${asked} upstream calls, and not ${due}`)
  }
}

/** One load on one side. Whatever was answered wrongly, or asked of the provider too often, ends the benchmark. */
export const runCase = async (
  stand: RequestStand,
  of: Case,
  side: Side,
  durationMs: number,
  delayMs = 0,
): Promise<Round> => {
  const connections = stand.seats.map((seat) => requestsOf(of, side, seat, stand.installation.apiKey))
  const loaded = await stand.load(stand[side], { connections, durationMs, delayMs })
  const { result, counted } = loaded
  if (result.fault !== null) throw new Error(`${describeCase(of)}, ${side}: ${result.fault}`)
  requireCalls(of, side, result, counted)
  return toRound(loaded)
}

/** Workloads by kind of credential, as far as they are wanted. */
export const casesOf = (
  { only }: BenchOptions,
  credentials: readonly CredentialKind[] = ['USER_TOKEN', 'API_KEY'],
): readonly Case[] =>
  WORKLOADS.flatMap((workload) => credentials.map((credential): Case => ({ workload, credential }))).filter(
    (of) => only === null || describeCase(of).includes(only),
  )

/** The answer to a request as the load generator sends it. */
export const bodyOf = async ({ port }: Server, text: string): Promise<string> => {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const [method = '', path = ''] = first.split(' ')
  const headers = Object.fromEntries(lines.map((line) => line.split(': ') as [string, string]))
  delete headers['host']
  delete headers['content-length']
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, ...(body !== '' && { body }) })
  return await response.text()
}

/** @throws AssertionError where gateway and floor do not say the same */
export const requireSameAnswers = async (stand: RequestStand, cases: readonly Case[]): Promise<number> => {
  const { apiKey } = stand.installation
  let compared = 0
  for (const of of cases) {
    for (const seat of stand.seats) {
      const floor = requestsOf(of, 'floor', seat, apiKey)
      for (const [index, { text }] of requestsOf(of, 'gateway', seat, apiKey).entries()) {
        const shown = await bodyOf(stand.gateway, text)
        const expected = await bodyOf(stand.floor, floor[index]?.text ?? '')
        requireSameAnswer(describeCase(of), shown, expected, of.workload.changes)
        compared += 1
      }
    }
  }
  return compared
}

export const createRequestStand = async ({ nodeOptions, say }: BenchOptions): Promise<RequestStand> => {
  await using stack = new AsyncDisposableStack()
  const { path: directory } = stack.use(await newFolder('bench'))
  const provider = stack.use(startChild('bench/provider-double.ts', { place: 'AROUND', channel: true }))
  const { url: providerUrl } = await receive<DoubleReady>(provider)
  const installation = newInstallation(join(directory, 'data'), providerUrl)

  const maker = stack.use(await startGateway(installation, 'development'))
  const seats = await seed(maker, installation)
  await maker[Symbol.asyncDispose]()
  // Each side has files of its own; a store that was closed is one file.
  const floorFile = join(directory, 'floor.db')
  await cp(join(installation.dataDir, 'consentgraph.db'), floorFile)

  const gateway = stack.use(await startGateway(installation, 'production', nodeOptions))
  const floorChild = stack.use(
    startChild('bench/floor.ts', {
      args: [providerUrl, floorFile, tokenKeyOf(installation), installation.rootKey.toString('base64')],
      place: 'SERVER',
      channel: true,
    }),
  )
  const floor = { ...floorChild, ...(await receive<FloorReady>(floorChild)) }
  const generator = stack.use(startChild('bench/load.ts', { place: 'AROUND', channel: true }))
  if (findProcessors() === null) say('Without processors of their own, load and servers get in each other’s way.')

  const watch: RequestStand['watch'] = async (server, delayMs, send) => {
    await order<DoubleCounted>(provider, { delayMs } satisfies DoubleOrder)
    const before = cpuMsOf(server)
    const result = await send()
    const after = cpuMsOf(server)
    const counted = await order<DoubleCounted>(provider, { delayMs: 0 } satisfies DoubleOrder)
    return { result, counted, cpuMs: before === null || after === null ? null : after - before }
  }
  const open = stack.move()
  return {
    installation,
    seats,
    gateway,
    floor,
    floorFile,
    watch,
    load: (server, { connections, durationMs, delayMs }) =>
      watch(server, delayMs, () =>
        order<LoadResult>(generator, { port: server.port, durationMs, connections } satisfies LoadOrder),
      ),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}
