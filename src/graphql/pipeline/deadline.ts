import { GatewayError } from '../../domain/errors.ts'

export interface Deadline extends Disposable {
  /** Aborts with a `DEADLINE_EXCEEDED` GatewayError as its reason. Made where it is asked for: most operations have no use for it. */
  readonly signal: AbortSignal
  readonly at: Date
  /** The work's outcome, or a rejection with that error. The work itself goes on: it has the signal to stop by. To be called once. */
  bound<T>(work: Promise<T>): Promise<T>
}

/** Deadlines of one length end in the order in which they began: one timer is enough for all of them. */
class DeadlineLine {
  readonly #timeoutMs: number
  #first: RunningDeadline | null = null
  #last: RunningDeadline | null = null
  #isTimed = false

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  add(deadline: RunningDeadline): void {
    deadline.before = this.#last
    if (this.#last === null) this.#first = deadline
    else this.#last.behind = deadline
    this.#last = deadline
    if (!this.#isTimed) this.#timeIn(this.#timeoutMs)
  }

  /** Of one that stands in line. */
  remove(deadline: RunningDeadline): void {
    const { before, behind } = deadline
    if (before === null) this.#first = behind
    else before.behind = behind
    if (behind === null) this.#last = before
    else behind.before = before
    // Else one that has become old would keep all that came after it.
    deadline.before = null
    deadline.behind = null
  }

  #timeIn(ms: number): void {
    this.#isTimed = true
    setTimeout(() => this.#end(), ms).unref()
  }

  #end(): void {
    this.#isTimed = false
    const now = performance.now()
    for (let first = this.#first; first !== null; first = this.#first) {
      if (first.endsAtMs > now) return this.#timeIn(Math.ceil(first.endsAtMs - now))
      first.exceed()
    }
  }
}

/** There are as many as there are settings. */
const lines = new Map<number, DeadlineLine>()

const lineOf = (timeoutMs: number): DeadlineLine => {
  const line = lines.get(timeoutMs) ?? new DeadlineLine(timeoutMs)
  lines.set(timeoutMs, line)
  return line
}

class RunningDeadline implements Deadline {
  readonly at: Date
  /** Monotonic. */
  readonly endsAtMs: number
  before: RunningDeadline | null = null
  behind: RunningDeadline | null = null
  /** Null once it has left. */
  #line: DeadlineLine | null
  #controller: AbortController | null = null
  #exceeded: GatewayError | null = null
  #reject: ((error: GatewayError) => void) | null = null

  constructor(line: DeadlineLine, timeoutMs: number) {
    this.at = new Date(Date.now() + timeoutMs)
    this.endsAtMs = performance.now() + timeoutMs
    this.#line = line
    line.add(this)
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
    this.#line?.remove(this)
    this.#line = null
  }

  exceed(): void {
    this[Symbol.dispose]()
    this.#exceeded = new GatewayError('DEADLINE_EXCEEDED')
    this.#controller?.abort(this.#exceeded)
    this.#reject?.(this.#exceeded)
  }
}

/** Runs until it is disposed of. Real time. */
export const createDeadline = (timeoutMs: number): Deadline => new RunningDeadline(lineOf(timeoutMs), timeoutMs)

/** The work's outcome, or a rejection with the signal's reason. The work itself goes on: it has the signal to stop by. */
export const within = <T>(signal: AbortSignal, work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
