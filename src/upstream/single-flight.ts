import { GatewayError } from '../domain/errors.ts'
import type { CallContext } from '../domain/provider.ts'
import { TransientMap } from '../domain/transient-map.ts'
import { spentLimit, watchLimit } from './limit.ts'

interface Passenger<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
  /** It no longer watches its own limit. */
  readonly stop: () => void
}

interface Flight<T> {
  readonly deadline: Date
  readonly controller: AbortController
  readonly passengers: Set<Passenger<T>>
}

/**
 * Settles as `start` does, which runs once for all who ask with an equal key while it runs. It has the deadline of who
 * came first and is aborted only when nobody waits any more; each caller leaves at a limit of its own.
 */
export type SingleFlight<T> = (key: string, call: CallContext, start: (call: CallContext) => Promise<T>) => Promise<T>

export const createSingleFlight = <T>(): SingleFlight<T> => {
  const flights = new TransientMap<string, Flight<T>>()

  const forget = (key: string, flight: Flight<T>): boolean => flights.get(key) === flight && flights.delete(key)

  const depart = (key: string, call: CallContext, start: (call: CallContext) => Promise<T>): Flight<T> => {
    const controller = new AbortController()
    const flight: Flight<T> = { deadline: call.deadline, controller, passengers: new Set() }
    const land = (settle: (passenger: Passenger<T>) => void): void => {
      forget(key, flight)
      for (const passenger of flight.passengers) {
        passenger.stop()
        settle(passenger)
      }
    }
    const landing = start({ ...call, signal: controller.signal })
    flights.set(key, flight)
    landing.then(
      (value) => land(({ resolve }) => resolve(value)),
      (error: unknown) => land(({ reject }) => reject(error)),
    )
    return flight
  }

  const board = (key: string, flight: Flight<T>, call: CallContext): Promise<T> =>
    new Promise((resolve, reject) => {
      const leave = (error: GatewayError): void => {
        flight.passengers.delete(passenger)
        if (flight.passengers.size === 0 && forget(key, flight)) flight.controller.abort()
        reject(error)
      }
      const passenger: Passenger<T> = { resolve, reject, stop: watchLimit(call, leave) }
      flight.passengers.add(passenger)
    })

  return async (key, call, start) => {
    for (;;) {
      const spent = spentLimit(call)
      if (spent) throw spent
      const flight = flights.get(key) ?? depart(key, call, start)
      try {
        return await board(key, flight, call)
      } catch (error) {
        // Who came first had less time than we have: once more, with a deadline of our own.
        const outlived = error instanceof GatewayError && error.code === 'PROVIDER_TIMEOUT'
        if (!outlived || flight.deadline >= call.deadline) throw error
      }
    }
  }
}
