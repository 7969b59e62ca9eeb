import { GatewayError } from '../domain/errors.ts'
import { type Bounded, type EndSignal, type Limit, spentLimit, type Watch, watchLimit, watchSignal } from './limit.ts'

/** Must end at the limit that it is given. */
type Start<T> = (limit: Limit) => Promise<T>

/**
 * Settles as `start` does, which runs once for all who ask with an equal key while it runs. It has the deadline of who
 * came first and is aborted only when nobody waits any more; each caller leaves at a limit of its own.
 */
export type SingleFlight<T> = (key: string, limit: Limit, start: Start<T>) => Promise<T>

/** Aborts when nobody waits any more. For one listener at a time: a flight waits for one thing at a time. */
class Interest implements EndSignal {
  readonly reason = undefined
  aborted = false
  #listener: (() => void) | null = null

  addEventListener(_: 'abort', listener: () => void): void {
    this.#listener = listener
  }

  removeEventListener(): void {
    this.#listener = null
  }

  abort(): void {
    this.aborted = true
    this.#listener?.()
  }
}

class Flight<T> implements Limit {
  readonly key: string
  readonly deadline: Date
  readonly signal = new Interest()
  readonly passengers: Passenger<T>[] = []
  readonly #onDeserted: (flight: Flight<T>) => void

  constructor(key: string, deadline: Date, onDeserted: (flight: Flight<T>) => void) {
    this.key = key
    this.deadline = deadline
    this.#onDeserted = onDeserted
  }

  leave(passenger: Passenger<T>): void {
    this.passengers.splice(this.passengers.indexOf(passenger), 1)
    if (this.passengers.length > 0) return
    this.#onDeserted(this)
    this.signal.abort()
  }
}

/** One who asked. */
class Passenger<T> implements Bounded {
  readonly limit: Limit
  readonly start: Start<T>
  readonly #seat: PromiseWithResolvers<T>
  readonly #flight: Flight<T>
  readonly #watch: Watch

  constructor(limit: Limit, start: Start<T>, seat: PromiseWithResolvers<T>, flight: Flight<T>) {
    this.limit = limit
    this.start = start
    this.#seat = seat
    this.#flight = flight
    // A flight ends at its deadline: only who has less time than that needs a timer.
    this.#watch = limit.deadline < flight.deadline ? watchLimit(limit, this) : watchSignal(limit, this)
  }

  end(error: GatewayError): void {
    this.#seat.reject(error)
    this.#flight.leave(this)
  }

  arrive(): PromiseWithResolvers<T> {
    this.#watch.stop()
    return this.#seat
  }
}

const isTimeout = (error: unknown): boolean => error instanceof GatewayError && error.code === 'PROVIDER_TIMEOUT'

export const createSingleFlight = <T>(): SingleFlight<T> => {
  /** As many as there are calls under way, so that a list does, which keeps nothing of what has left it. */
  const flights: Flight<T>[] = []

  const find = (key: string): Flight<T> | null => {
    for (const flight of flights) if (flight.key === key) return flight
    return null
  }

  const forget = (flight: Flight<T>): void => {
    const place = flights.indexOf(flight)
    const last = place === -1 ? undefined : flights.pop()
    if (last !== undefined && last !== flight) flights[place] = last
  }

  const board = (key: string, limit: Limit, start: Start<T>, seat: PromiseWithResolvers<T>): void => {
    const spent = spentLimit(limit)
    if (spent) {
      seat.reject(spent)
      return
    }
    const flight = find(key) ?? depart(key, limit.deadline, start)
    flight.passengers.push(new Passenger(limit, start, seat, flight))
  }

  const depart = (key: string, deadline: Date, begin: Start<T>): Flight<T> => {
    const flight = new Flight<T>(key, deadline, forget)
    flights.push(flight)
    begin(flight).then(
      (value) => {
        forget(flight)
        for (const passenger of flight.passengers) passenger.arrive().resolve(value)
      },
      (error: unknown) => {
        forget(flight)
        for (const passenger of flight.passengers) {
          const seat = passenger.arrive()
          const { limit, start } = passenger
          // Who came first had less time than this one has: once more, with a deadline of its own.
          if (isTimeout(error) && deadline < limit.deadline) board(key, limit, start, seat)
          else seat.reject(error)
        }
      },
    )
    return flight
  }

  return (key, limit, start) => {
    const seat = Promise.withResolvers<T>()
    board(key, limit, start, seat)
    return seat.promise
  }
}
