import { callAt } from './call-at.ts'

export interface Alarm {
  /** Must not throw. */
  ring(): void
}

/** One timer for many who wait for instants of real time, most of them for the same few. */
export interface Alarms {
  /** Rings once, at that instant or, where it has passed, soon. */
  set(instant: Date, alarm: Alarm): void
  /** It rings no more; nothing where it has rung. */
  off(instant: Date, alarm: Alarm): void
}

export const createAlarms = (): Alarms => {
  const due = new Map<number, Set<Alarm>>()
  let next: { readonly at: number; readonly call: Disposable } | null = null

  const ring = (): void => {
    next = null
    const now = Date.now()
    for (const [at, alarms] of due) {
      if (at > now) continue
      due.delete(at)
      for (const alarm of alarms) alarm.ring()
    }
    wait()
  }
  const wait = (): void => {
    const first = [...due.keys()].reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY)
    if (next !== null && next.at <= first) return
    next?.call[Symbol.dispose]()
    next = first === Number.POSITIVE_INFINITY ? null : { at: first, call: callAt(new Date(first), ring) }
  }

  return {
    set: (instant, alarm) => {
      const at = instant.getTime()
      const alarms = due.get(at)
      if (alarms === undefined) due.set(at, new Set([alarm]))
      else alarms.add(alarm)
      if (next === null || at < next.at) wait()
    },
    off: (instant, alarm) => {
      const at = instant.getTime()
      const alarms = due.get(at)
      alarms?.delete(alarm)
      if (alarms?.size !== 0) return
      due.delete(at)
      // Without it the timer would keep the process.
      if (due.size === 0 && next !== null) {
        next.call[Symbol.dispose]()
        next = null
      }
    },
  }
}
