import { z } from 'zod'
import type { Clock } from '../domain/clock.ts'
import { isMovableClock } from './clock.ts'
import type { Faults } from './faults.ts'
import { parseFault } from './faults.ts'
import type { Ledger } from './ledger.ts'
import { json } from './reply.ts'
import type { SimulatorCall, SimulatorRequest } from './request.ts'
import type { RouteAnswer, Routes } from './routes.ts'

const clockMove = z.union([
  z.strictObject({ advanceMs: z.number() }),
  z.strictObject({ set: z.coerce.date() }),
  z.strictObject({ reset: z.literal(true) }),
])

/** `/_sandbox/*`: lets a test outside of the process read what happened, plant faults and move the clock. */
export function createControlRoutes(simulator: {
  readonly name: string
  readonly clock: Clock
  readonly ledger: Ledger
  readonly faults: Faults
  readonly calls: () => readonly SimulatorCall[]
}): Routes {
  const { name, clock, ledger, faults } = simulator
  const now = () => ({ name, now: clock.now(), movable: isMovableClock(clock) })
  return {
    'GET /_sandbox/ledger': ({ query }) =>
      json(200, { name, entries: ledger.entries(query.get('effect') ?? undefined) }),
    'GET /_sandbox/calls': () => json(200, { name, calls: simulator.calls() }),
    'GET /_sandbox/faults': () => json(200, { name, pending: faults.pending() }),
    'POST /_sandbox/faults': fromJson((value) => {
      faults.next(parseFault(value))
      return { name, pending: faults.pending() }
    }),
    'DELETE /_sandbox/faults': () => {
      faults.clear()
      return json(200, { name, pending: 0 })
    },
    'GET /_sandbox/clock': () => json(200, now()),
    'POST /_sandbox/clock': fromJson((value) => {
      const move = clockMove.parse(value)
      if (!isMovableClock(clock)) throw new SyntaxError('this simulator keeps real time')
      if ('reset' in move) clock.reset()
      else clock.set(withinEras('set' in move ? move.set.getTime() : clock.now().getTime() + move.advanceMs))
      return now()
    }),
    '/_sandbox/*': () => json(404, { name, error: 'try /_sandbox/ledger, /calls, /faults or /clock' }),
  }
}

/** What is made then must still be written with four digits for its year, and end later. */
function withinEras(time: number): Date {
  if (time >= Date.UTC(2000) && time <= Date.UTC(9000)) return new Date(time)
  throw new SyntaxError('the clock goes from the year 2000 to the year 9000')
}

/** JSON only, by content type: a web page of another origin cannot send that without asking first. */
function fromJson(apply: (value: unknown) => unknown): RouteAnswer {
  return (request: SimulatorRequest) => {
    if (!request.headers['content-type']?.startsWith('application/json')) return json(415, { error: 'send JSON' })
    try {
      return json(200, apply(request.json()))
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof z.ZodError) return json(400, { error: error.message })
      throw error
    }
  }
}
