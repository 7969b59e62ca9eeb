import { receive, startChild } from './child.ts'
import { spreadOver, takeTurns } from './measure.ts'
import type { OpenLoadOrder, OpenLoadResult } from './open-load.ts'
import { toSpreadCell } from './report.ts'
import { casesOf, createRequestStand, lengthsOf, requireCalls, type RequestStand, runCase } from './request-stand.ts'
import type { Section } from './section.ts'
import { type Case, describeCase, requestsOf, type Side } from './sides.ts'
import { UPSTREAM_DELAY_MS } from './workloads.ts'

const SIDES = ['gateway', 'floor'] as const
const LOAD_SHARE = 0.5
const MAX_CONNECTIONS = 256
const HEAD = [`provider takes ${UPSTREAM_DELAY_MS} ms`, 'p50 added, ms', 'p99 added, ms', 'target']
const TARGET = '≤ 1.00, ≤ 5.00'

type SendOpen = (order: OpenLoadOrder) => Promise<OpenLoadResult>

/** Each seat's first, then each seat's second: the same comes again as late as possible. */
const inTurn = <One>(lists: readonly (readonly One[])[]): readonly One[] =>
  Array.from({ length: Math.max(...lists.map(({ length }) => length)) }, (_, index) =>
    lists.flatMap((list) => list.slice(index, index + 1)),
  ).flat()

const inTurnOf = (stand: RequestStand, of: Case, side: Side) =>
  inTurn(stand.seats.map((seat) => requestsOf(of, side, seat, stand.installation.apiKey)))

/** Equal reads in flight are one call: the same must not come again before the provider has long answered it. */
const mostPerSecond = (stand: RequestStand, of: Case): number =>
  inTurnOf(stand, of, 'gateway').length / ((4 * UPSTREAM_DELAY_MS) / 1_000)

const runOpen = async (
  stand: RequestStand,
  sendOpen: SendOpen,
  of: Case,
  side: Side,
  perSecond: number,
  durationMs: number,
  /** Of the calls; null: a warm-up, in which connections are opened and code is compiled, so that some come late or together. */
  mayBeShared: number | null,
): Promise<OpenLoadResult> => {
  const { port } = stand[side]
  const requests = inTurnOf(stand, of, side)
  const { result, counted } = await stand.watch(stand[side], UPSTREAM_DELAY_MS, () =>
    sendOpen({ port, durationMs, perSecond, maxConnections: MAX_CONNECTIONS, requests }),
  )
  const { fault, refused, unsent, lost, sent } = result
  if (fault !== null) throw new Error(`${describeCase(of)}, ${side}: ${fault}`)
  if (mayBeShared === null) return result
  if (refused.count + unsent + lost > 0) {
    throw new Error(`${describeCase(of)}, ${side}: ${refused.count} refused, ${unsent} not sent, ${lost} lost`)
  }
  requireCalls(of, side, { requests: sent, elapsedMs: durationMs }, counted, mayBeShared)
  return result
}

/** What the gateway adds to a provider's own time while it has half of what it can do to do. */
export const slowProvider: Section = {
  name: 'slow-provider',
  panels: [],
  run: async (options) => {
    const cases = casesOf(options, ['USER_TOKEN']).filter(({ workload }) => workload.slow)
    if (cases.length === 0) return []
    await using stand = await createRequestStand(options)
    await using generator = startChild('bench/open-load.ts', { place: 'AROUND', channel: true })
    const sendOpen: SendOpen = (order) => {
      generator.process.send(order)
      return receive<OpenLoadResult>(generator)
    }
    const { turns, roundMs, warmUpMs } = lengthsOf(options)
    // What is not kept may be measured on a machine that is busy with something else.
    const mayBeShared = options.quick ? 0.5 : 0.05
    const rows: string[][] = []
    for (const of of cases) {
      await runCase(stand, of, 'gateway', warmUpMs)
      const { requestsPerSecond } = await runCase(stand, of, 'gateway', roundMs)
      const perSecond = Math.min(requestsPerSecond * LOAD_SHARE, mostPerSecond(stand, of))
      const one = (side: Side, ms: number, shared: number | null) =>
        runOpen(stand, sendOpen, of, side, perSecond, ms, shared)
      for (const side of SIDES) await one(side, warmUpMs, null)
      const measured = await takeTurns(SIDES, turns, (side) => one(side, roundMs, mayBeShared))
      options.say(`${describeCase(of)}, ${perSecond.toFixed(0)} a second`)
      for (const side of SIDES) {
        const [p50, p99] = (['p50Ms', 'p99Ms'] as const).map((name) =>
          toSpreadCell(spreadOver(measured, (turn) => turn[side].answered[name])),
        )
        options.say(`  ${side.padEnd(12)}p50 ${p50} ms  p99 ${p99} ms`)
      }
      rows.push([
        describeCase(of),
        toSpreadCell(spreadOver(measured, ({ gateway, floor }) => gateway.answered.p50Ms - floor.answered.p50Ms)),
        toSpreadCell(spreadOver(measured, ({ gateway, floor }) => gateway.answered.p99Ms - floor.answered.p99Ms)),
        TARGET,
      ])
    }
    return [{ head: HEAD, rows }]
  },
}
