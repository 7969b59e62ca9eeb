import { GatewayError } from '../domain/errors.ts'
import type { CallContext } from '../domain/provider.ts'
import { TransientMap } from '../domain/transient-map.ts'
import { spentLimit, watchLimit } from './limit.ts'

interface Flight<T> {
  readonly landing: Promise<T>
  readonly deadline: Date
  readonly controller: AbortController
  passengers: number
}

/**
 * Settles as `start` does, which runs once for all who ask with an equal key while it runs. It has the deadline of who
 * came first and is aborted only when nobody waits any more; each caller leaves at a limit of its own.
 */
export type SingleFlight<T> = (key: string, call: CallContext, start: (call: CallContext) => Promise<T>) => Promise<T>

const arrive = <T>(flight: Flight<T>, call: CallContext): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = watchLimit(call, reject)
    flight.landing.then(stop, stop)
    flight.landing.then(resolve, reject)
  })

export const createSingleFlight = <T>(): SingleFlight<T> => {
  const flights = new TransientMap<string, Flight<T>>()

  return async (key, call, start) => {
    const forget = (flight: Flight<T>): void => {
      if (flights.get(key) === flight) flights.delete(key)
    }

    const depart = (): Flight<T> => {
      const controller = new AbortController()
      const landing = start({ ...call, signal: controller.signal })
      const flight: Flight<T> = { landing, deadline: call.deadline, controller, passengers: 0 }
      flights.set(key, flight)
      const land = (): void => forget(flight)
      landing.then(land, land)
      return flight
    }

    for (;;) {
      const spent = spentLimit(call)
      if (spent) throw spent
      const flight = flights.get(key) ?? depart()
      flight.passengers += 1
      try {
        return await arrive(flight, call)
      } catch (error) {
        // Who came first had less time than we have: once more, with a deadline of our own.
        const outlived = error instanceof GatewayError && error.code === 'PROVIDER_TIMEOUT'
        if (!outlived || flight.deadline >= call.deadline) throw error
      } finally {
        flight.passengers -= 1
        if (flight.passengers === 0 && flights.get(key) === flight) {
          forget(flight)
          flight.controller.abort()
        }
      }
    }
  }
}
