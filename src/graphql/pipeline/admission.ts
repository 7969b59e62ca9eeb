export interface AdmissionOptions {
  /** Operations that may be in flight at once, whatever they wait for. */
  readonly maxInFlight: number
  /** How late the event loop may be before new operations are refused; 0: it may be as late as it is. */
  readonly maxLoopDelayMs: number
}

/** Says before an operation is read whether it can be answered in good time: a refusal must cost next to nothing. */
export interface Admission extends Disposable {
  /** To be called when the operation is over; more than once is once. Null: refused, come again later. */
  enter(): (() => void) | null
  inFlight(): number
}

export const OVERLOADED = 'The gateway is overloaded. Nothing was done.'
/**
 * The least that whoever was refused is told to wait. A crowd that is told to wait for half as long is refused twice as often, and each
 * refusal takes time from answers.
 */
export const RETRY_AFTER_SECONDS = 5
/** Crowds that were refused together do not come again together: some wait for so much longer. */
const SPREAD_SECONDS = 5

/** What to tell one after the other: each whole number between the least and the most. */
export const createRetryTimes = (): (() => number) => {
  let told = 0
  return () => {
    told = (told + 1) % (SPREAD_SECONDS + 1)
    return RETRY_AFTER_SECONDS + told
  }
}

/**
 * With fewer than these in flight nothing is refused for a late loop: it is late for other reasons than too many requests,
 * such as a machine that is busy with something else.
 */
export const ALWAYS_IN_FLIGHT = 100
const SAMPLE_MS = 10
/** Weight of a sample: one pause of the garbage collector is no overload. */
const WEIGHT = 0.3

/**
 * When more comes than can be worked off, what waits makes the loop late. New operations are then refused until those in
 * flight are few, so that the ones let in are answered as fast as under full load. One that waits for a bank costs nothing, and
 * is in nobody's way: many of them may be in flight at once.
 */
export const createAdmission = ({ maxInFlight, maxLoopDelayMs }: AdmissionOptions): Admission => {
  let inFlight = 0
  let delayMs = 0
  let sampledAt = performance.now()
  const sample = (): void => {
    const now = performance.now()
    delayMs += WEIGHT * (now - sampledAt - SAMPLE_MS - delayMs)
    sampledAt = now
  }
  const sampler = maxLoopDelayMs === 0 ? null : setInterval(sample, SAMPLE_MS).unref()
  return {
    enter: () => {
      const isLate = maxLoopDelayMs > 0 && delayMs > maxLoopDelayMs
      if (inFlight >= (isLate ? Math.min(ALWAYS_IN_FLIGHT, maxInFlight) : maxInFlight)) return null
      inFlight += 1
      let isOver = false
      return () => {
        if (!isOver) inFlight -= 1
        isOver = true
      }
    },
    inFlight: () => inFlight,
    [Symbol.dispose]: () => clearInterval(sampler ?? undefined),
  }
}
