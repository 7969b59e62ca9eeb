import { GatewayError } from '../domain/errors.ts'

/** As much of an `AbortSignal` as is looked at. */
export interface EndSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** What bounds a call: `CallContext`, or that of a flight. */
export interface Limit {
  readonly signal: EndSignal
  readonly deadline: Date
}

/** Is told the error that ends its call. */
export interface Bounded {
  end(error: GatewayError): void
}

/** Leaves neither a timer nor a listener behind once stopped. */
export interface Watch {
  stop(): void
}

/** The longest delay a Node timer takes; a later deadline is as good as none. */
const MAX_TIMER_MS = 2_147_483_647
/** Node keeps a list for each number of milliseconds: calls of one moment share one. No call ends later by more than this. */
const TIMER_GRAIN_MS = 16
/** The signal of a call often aborts by the same deadline, by another timer: within this they are one event. */
const SAME_MOMENT_MS = 10

const isTimeout = (reason: unknown): boolean =>
  reason instanceof GatewayError
    ? reason.code === 'DEADLINE_EXCEEDED' || reason.code === 'PROVIDER_TIMEOUT'
    : reason instanceof Error && reason.name === 'TimeoutError'

/**
 * The error that ends a call whose time is over or whose caller has gone: PROVIDER_TIMEOUT by the deadline, whichever
 * timer saw it first; else the signal's own reason where that is a GatewayError, or DEADLINE_EXCEEDED around it.
 */
const toLimitError = ({ signal, deadline }: Limit): GatewayError => {
  const reason: unknown = signal.aborted ? signal.reason : undefined
  if (!signal.aborted || isTimeout(reason) || Date.now() >= deadline.getTime() - SAME_MOMENT_MS)
    return new GatewayError('PROVIDER_TIMEOUT', { cause: reason })
  if (reason instanceof GatewayError) return reason
  return new GatewayError('DEADLINE_EXCEEDED', { message: 'The request was cancelled.', cause: reason })
}

/** The error of a call that may not go on, or null. */
export const spentLimit = (limit: Limit): GatewayError | null =>
  limit.signal.aborted || Date.now() >= limit.deadline.getTime() ? toLimitError(limit) : null

/** Never early: a timer that fires before its time is asked to wait for the rest. */
const toTimerMs = (deadline: Date): number =>
  Math.min(Math.ceil((deadline.getTime() - Date.now()) / TIMER_GRAIN_MS) * TIMER_GRAIN_MS, MAX_TIMER_MS)

class LimitWatch implements Watch {
  readonly #limit: Limit
  readonly #bounded: Bounded
  readonly #onAbort: () => void
  #timer: NodeJS.Timeout | null = null

  constructor(limit: Limit, bounded: Bounded) {
    this.#limit = limit
    this.#bounded = bounded
    this.#onAbort = () => this.#end()
    limit.signal.addEventListener('abort', this.#onAbort)
  }

  static #expire(watch: LimitWatch): void {
    watch.#end()
  }

  startTimer(): void {
    this.#timer = setTimeout(LimitWatch.#expire, toTimerMs(this.#limit.deadline), this)
  }

  #end(): void {
    this.stop()
    this.#bounded.end(toLimitError(this.#limit))
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#limit.signal.removeEventListener('abort', this.#onAbort)
  }
}

/**
 * Ends `bounded` once, at the deadline (real time) or when the signal aborts, unless stopped before. Not for a call that
 * is spent already.
 */
export const watchLimit = (limit: Limit, bounded: Bounded): Watch => {
  const watch = new LimitWatch(limit, bounded)
  watch.startTimer()
  return watch
}

/** The same, by the signal alone: for whoever waits for something that keeps the deadline itself. */
export const watchSignal = (limit: Limit, bounded: Bounded): Watch => new LimitWatch(limit, bounded)
