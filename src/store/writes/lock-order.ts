import type { JobName } from '../../domain/job.ts'
import type { Write } from '../../domain/store.ts'
import type { Engine, WriteStatement } from '../engine.ts'
import { toStatement } from '../repositories/read.ts'
import { any } from './write-table.ts'

const TABLES = ['consents', 'auth_sessions', 'jobs'] as const

/** A row that a write changes, where it is there. */
interface LockedRow {
  readonly table: (typeof TABLES)[number]
  readonly key: readonly string[]
}

const ofJob = ({ kind, subject }: JobName): LockedRow => ({ table: 'jobs', key: [kind, subject] })

const lockedBy = (write: Write): LockedRow | null => {
  switch (write.kind) {
    case 'consent.update':
      return { table: 'consents', key: [write.consent.id] }
    case 'consent.seen':
      return { table: 'consents', key: [write.consentId] }
    case 'observation.append':
      return { table: 'consents', key: [write.observation.consentId] }
    case 'session.update':
      return { table: 'auth_sessions', key: [write.session.id] }
    case 'job.schedule':
    case 'job.hasten':
    case 'job.renew':
    case 'job.drop':
    case 'job.finish':
      return ofJob(write.job)
    default:
      return null
  }
}

/** By table, then by key; keys are plain ASCII, so that both engines agree. */
const rank = ({ table, key }: LockedRow): string => `${TABLES.indexOf(table)} ${key.join(' ')}`

/**
 * The rows of a commit in the one order that all commits take them in, to go ahead of it: two that change the same rows
 * then wait for each other and never in a circle. Their own order cannot be that one, since it has a meaning: who hands on
 * an id gives it up before another takes it. Nothing where a commit takes them in that order anyway.
 */
export const createLockOrder = ({
  sql,
  rowLocks,
}: Engine): ((writes: readonly Write[]) => readonly WriteStatement[]) => {
  const lock = (table: LockedRow['table'], keys: readonly (readonly string[])[]): WriteStatement => {
    if (table !== 'jobs') {
      const ids = keys.map(([id = '']) => id)
      return any(toStatement(sql.selectFrom(table).select('id').where('id', 'in', ids).orderBy('id').forNoKeyUpdate()))
    }
    const named = sql
      .selectFrom('jobs')
      .select('subject')
      .where(({ or, and, eb }) =>
        or(keys.map(([kind = '', subject = '']) => and([eb('kind', '=', kind), eb('subject', '=', subject)]))),
      )
    return any(toStatement(named.orderBy('kind').orderBy('subject').forNoKeyUpdate()))
  }

  return (writes) => {
    if (!rowLocks) return []
    const rows = new Map<string, LockedRow>()
    for (const row of writes.map(lockedBy)) if (row !== null && !rows.has(rank(row))) rows.set(rank(row), row)
    const ranks = [...rows.keys()]
    if (ranks.every((place, index) => index === 0 || (ranks[index - 1] ?? '') < place)) return []
    const byTable = Map.groupBy(rows.values(), ({ table }) => table)
    return TABLES.flatMap((table) => {
      const locked = byTable.get(table)
      return locked === undefined
        ? []
        : [
            lock(
              table,
              locked.map(({ key }) => key),
            ),
          ]
    })
  }
}
