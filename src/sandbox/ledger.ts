import type { Clock } from '../domain/clock.ts'
import { systemClock } from '../domain/clock.ts'
import type { Journal } from './journal.ts'
import { openJournal } from './journal.ts'
import { z } from 'zod'

const storedEntry = z.object({
  seq: z.number(),
  at: z.coerce.date(),
  effect: z.string(),
  ids: z.record(z.string(), z.string()),
})

/** One thing that a simulator did; no secrets. `seq` starts at 1. */
export interface LedgerEntry {
  readonly seq: number
  readonly at: Date
  /** Noun and past participle: `consent.created`, `challenge.answered`, `consent.revoked`. */
  readonly effect: string
  readonly ids: Readonly<Record<string, string>>
}

/** Append-only: what tests count to learn whether something happened twice. */
export interface Ledger {
  record(effect: string, ids?: Readonly<Record<string, string>>): LedgerEntry
  /** Of one effect, or all; `ids` narrows to entries that bear all of them. */
  entries(effect?: string, ids?: Readonly<Record<string, string>>): readonly LedgerEntry[]
  count(effect?: string, ids?: Readonly<Record<string, string>>): number
}

export function createLedger(clock: Clock = systemClock, journal: Journal = openJournal()): Ledger {
  const stored = journal.collection<LedgerEntry>('ledger', (value) => storedEntry.parse(value))
  const all = [...stored.values()]
  const entries: Ledger['entries'] = (effect, ids = {}) =>
    all.filter(
      (entry) =>
        (effect === undefined || entry.effect === effect) &&
        Object.entries(ids).every(([name, id]) => entry.ids[name] === id),
    )
  return {
    record: (effect, ids = {}) => {
      const entry: LedgerEntry = { seq: all.length + 1, at: clock.now(), effect, ids }
      stored.set(String(entry.seq), entry)
      all.push(entry)
      return entry
    },
    entries,
    count: (effect, ids) => entries(effect, ids).length,
  }
}
