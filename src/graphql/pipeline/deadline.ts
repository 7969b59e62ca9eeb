import { GatewayError } from '../../domain/errors.ts'

export interface Deadline extends Disposable {
  /** Aborts with a `DEADLINE_EXCEEDED` GatewayError as its reason. Made where it is asked for: most operations have no use for it. */
  readonly signal: AbortSignal
  readonly at: Date
  /** The work's outcome, or a rejection with that error. The work itself goes on: it has the signal to stop by. To be called once. */
  bound<T>(work: Promise<T>): Promise<T>
}

class RunningDeadline implements Deadline {
  readonly at: Date
  readonly #timer: NodeJS.Timeout
  #controller: AbortController | null = null
  #exceeded: GatewayError | null = null
  #reject: ((error: GatewayError) => void) | null = null

  constructor(timeoutMs: number) {
    this.at = new Date(Date.now() + timeoutMs)
    this.#timer = setTimeout(() => this.#exceed(), timeoutMs)
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController()
      if (this.#exceeded !== null) this.#controller.abort(this.#exceeded)
    }
    return this.#controller.signal
  }

  bound<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, refuse) => {
      if (this.#exceeded !== null) refuse(this.#exceeded)
      this.#reject = refuse
      work.then(resolve, refuse)
    })
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }

  #exceed(): void {
    this.#exceeded = new GatewayError('DEADLINE_EXCEEDED')
    this.#controller?.abort(this.#exceeded)
    this.#reject?.(this.#exceeded)
  }
}

/** Runs until it is disposed of. Real time. */
export const createDeadline = (timeoutMs: number): Deadline => new RunningDeadline(timeoutMs)

/** The work's outcome, or a rejection with the signal's reason. The work itself goes on: it has the signal to stop by. */
export const within = <T>(signal: AbortSignal, work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
