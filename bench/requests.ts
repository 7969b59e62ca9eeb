import { divide, spreadOver, takeTurns } from './measure.ts'
import { describeTurns, toSpreadCell } from './report.ts'
import { casesOf, createRequestStand, lengthsOf, requireSameAnswers, runCase } from './request-stand.ts'
import type { Section } from './section.ts'
import { type Case, describeCase } from './sides.ts'

const SIDES = ['gateway', 'floor'] as const

const targetOf = ({ workload }: Case): string => {
  if (workload.target === null) return 'none'
  const { throughput, cpu } = workload.target
  return cpu === null ? `≥ ${throughput.toFixed(2)}` : `≥ ${throughput.toFixed(2)}, ≤ ${cpu.toFixed(2)}`
}

const HEAD = ['workload', 'req/s ÷ floor', 'CPU ÷ floor', 'target', 'processors the floor kept busy']

/** The gateway beside its floor, as fast as the answers come. */
export const requests: Section = {
  name: 'requests',
  panels: [
    {
      title: 'Requests per second, as a share of the floor’s: more is better',
      table: 0,
      column: 'req/s ÷ floor',
      bound: 0,
    },
    { title: 'CPU per request, in times of the floor’s: less is better', table: 0, column: 'CPU ÷ floor', bound: 1 },
  ],
  run: async (options) => {
    const cases = casesOf(options)
    if (cases.length === 0) return []
    await using stand = await createRequestStand(options)
    const { turns, roundMs, warmUpMs } = lengthsOf(options)
    options.say(`${await requireSameAnswers(stand, cases)} answers compared: gateway and floor say the same.\n`)
    const rows: string[][] = []
    for (const of of cases) {
      for (const side of SIDES) await runCase(stand, of, side, warmUpMs)
      const measured = await takeTurns(SIDES, turns, (side) => runCase(stand, of, side, roundMs))
      options.say(describeTurns(describeCase(of), SIDES, measured))
      rows.push([
        describeCase(of),
        toSpreadCell(spreadOver(measured, ({ gateway, floor }) => gateway.requestsPerSecond / floor.requestsPerSecond)),
        toSpreadCell(
          spreadOver(measured, ({ gateway, floor }) => divide(gateway.cpuMsPerRequest, floor.cpuMsPerRequest)),
        ),
        targetOf(of),
        toSpreadCell(spreadOver(measured, ({ floor }) => floor.busy)),
      ])
    }
    return [{ head: HEAD, rows }]
  },
}
