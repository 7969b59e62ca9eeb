import { GatewayError } from '../../domain/errors.ts'

export interface Deadline extends Disposable {
  /** Aborts with a `DEADLINE_EXCEEDED` GatewayError as its reason. */
  readonly signal: AbortSignal
  readonly at: Date
}

/** Runs until it is disposed of. Real time. */
export const createDeadline = (timeoutMs: number): Deadline => {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new GatewayError('DEADLINE_EXCEEDED')), timeoutMs)
  return {
    signal: controller.signal,
    at: new Date(Date.now() + timeoutMs),
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
