import { GatewayError } from '../../domain/errors.ts'

export interface Deadline extends Disposable {
  /** Aborts with a `DEADLINE_EXCEEDED` GatewayError as its reason. Made where it is asked for: most operations have no use for it. */
  readonly signal: AbortSignal
  readonly at: Date
  /** The work's outcome, or a rejection with that error. The work itself goes on: it has the signal to stop by. To be called once. */
  bound<T>(work: Promise<T>): Promise<T>
}

/** Runs until it is disposed of. Real time. */
export const createDeadline = (timeoutMs: number): Deadline => {
  let controller: AbortController | null = null
  let exceeded: GatewayError | null = null
  let reject: ((error: GatewayError) => void) | null = null
  const timer = setTimeout(() => {
    exceeded = new GatewayError('DEADLINE_EXCEEDED')
    controller?.abort(exceeded)
    reject?.(exceeded)
  }, timeoutMs)
  return {
    get signal() {
      if (controller === null) {
        controller = new AbortController()
        if (exceeded !== null) controller.abort(exceeded)
      }
      return controller.signal
    },
    at: new Date(Date.now() + timeoutMs),
    bound: (work) =>
      new Promise((resolve, refuse) => {
        if (exceeded !== null) refuse(exceeded)
        reject = refuse
        work.then(resolve, refuse)
      }),
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}

/** The work's outcome, or a rejection with the signal's reason. The work itself goes on: it has the signal to stop by. */
export const within = <T>(signal: AbortSignal, work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
