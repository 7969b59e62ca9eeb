import type { Circuit, CircuitState } from './circuit.ts'

/** Spelled as the schema's `HealthState`. */
export type HealthState = 'UP' | 'DEGRADED' | 'DOWN' | 'UNKNOWN'

/** As seen by the calls of this process; nothing is asked for it. */
export interface UpstreamHealth {
  readonly state: HealthState
  readonly circuit: CircuitState
  /** When the last attempt ended; null before the first. */
  readonly checkedAt: Date | null
  /** When an open circuit lets the next call through. */
  readonly retryAt: Date | null
  /** Of the last attempts within five minutes, as are the errors; null where there were none. */
  readonly p95Millis: number | null
  /** 0 to 1. An answer that refuses is not an error; a 5xx is. */
  readonly errorRate: number | null
}

export interface HealthWindow {
  record(durationMs: number, failed: boolean): void
  read(circuit: Pick<Circuit, 'state' | 'retryAt'>): UpstreamHealth
}

const SIZE = 256
const WINDOW_MS = 5 * 60_000
const DEGRADED_FROM = 0.1

export const createHealthWindow = (now: () => number): HealthWindow => {
  const at = new Float64Array(SIZE)
  const duration = new Float64Array(SIZE)
  const failed = new Uint8Array(SIZE)
  let recorded = 0

  const recent = (): number[] => {
    const since = now() - WINDOW_MS
    return Array.from({ length: Math.min(recorded, SIZE) }, (_, slot) => slot).filter((slot) => (at[slot] ?? 0) > since)
  }

  return {
    record: (durationMs, hasFailed) => {
      const slot = recorded % SIZE
      at[slot] = now()
      duration[slot] = durationMs
      failed[slot] = hasFailed ? 1 : 0
      recorded += 1
    },

    read: (circuit) => {
      const slots = recent()
      const sorted = slots.map((slot) => duration[slot] ?? 0).toSorted((a, b) => a - b)
      const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1]
      const errorRate =
        slots.length === 0 ? null : slots.reduce((sum, slot) => sum + (failed[slot] ?? 0), 0) / slots.length
      const toState = (): HealthState => {
        if (circuit.state() === 'OPEN') return 'DOWN'
        if (circuit.state() === 'HALF_OPEN') return 'DEGRADED'
        if (errorRate === null) return 'UNKNOWN'
        return errorRate >= DEGRADED_FROM ? 'DEGRADED' : 'UP'
      }
      return {
        state: toState(),
        circuit: circuit.state(),
        checkedAt: recorded === 0 ? null : new Date(at[(recorded - 1) % SIZE] ?? 0),
        retryAt: circuit.state() === 'OPEN' ? circuit.retryAt() : null,
        p95Millis: p95 === undefined ? null : Math.round(p95),
        errorRate,
      }
    },
  }
}
