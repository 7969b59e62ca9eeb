import type { Clock } from '../domain/clock.ts'
import { systemClock } from '../domain/clock.ts'

/** Real time plus an offset, so that time still flows after a jump. */
export interface MovableClock extends Clock {
  /** Moves forward, or back with a negative number. */
  advance(byMs: number): void
  /** Jumps to an instant; time flows on from there. */
  set(to: Date): void
  /** Back to the base clock. */
  reset(): void
}

export function createMovableClock(base: Clock = systemClock): MovableClock {
  let offsetMs = 0
  return {
    now: () => new Date(base.now().getTime() + offsetMs),
    advance: (byMs) => {
      offsetMs += byMs
    },
    set: (to) => {
      offsetMs = to.getTime() - base.now().getTime()
    },
    reset: () => {
      offsetMs = 0
    },
  }
}

export function isMovableClock(clock: Clock): clock is MovableClock {
  return 'advance' in clock && 'set' in clock && 'reset' in clock
}
