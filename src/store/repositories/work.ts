import { type Selectable, sql } from 'kysely'
import type { ClaimedJob } from '../../domain/job.ts'
import type { Store } from '../../domain/store.ts'
import type { Engine } from '../engine.ts'
import { prepare } from '../prepared.ts'
import {
  IDEMPOTENCY_COLUMNS,
  type IdempotencyKeyRow,
  toIdempotencyKeyRow,
  toIdempotencyRecord,
} from '../rows/work-rows.ts'
import { columnsOf, toRow, word } from '../rows/row.ts'
import type { IdempotencyTable, JobTable } from '../schema.ts'
import { readRows, toStatement } from './read.ts'

export const createIdempotencyReads = (engine: Engine): Store['idempotency'] => {
  const statement = prepare((key: IdempotencyKeyRow) =>
    engine.sql
      .selectFrom('idempotency')
      .select(IDEMPOTENCY_COLUMNS)
      .where('client_id', '=', key.client_id)
      .where('user_id', '=', key.user_id)
      .where('operation', '=', key.operation)
      .where('key', '=', key.key),
  )
  return {
    find: async (key) => {
      const [row] = await readRows<IdempotencyTable>(engine, IDEMPOTENCY_COLUMNS, statement(toIdempotencyKeyRow(key)))
      return row === undefined ? null : toIdempotencyRecord(row)
    },
  }
}

type ClaimedRow = Omit<JobTable, 'lease_until'>

const CLAIMED_COLUMNS = columnsOf<ClaimedRow>({ kind: true, subject: true, due_at: true, attempts: true, fence: true })

const toClaimedJob = (row: Selectable<ClaimedRow>): ClaimedJob => ({
  kind: word(row.kind),
  subject: word(row.subject),
  dueAt: new Date(row.due_at),
  attempts: row.attempts,
  fence: row.fence,
})

export const createJobs = (engine: Engine): Store['jobs'] => ({
  claim: async ({ kinds, dueBefore, leaseMs, limit }) => {
    if (kinds.length === 0) return []
    const now = engine.leaseNow()
    const statement = toStatement(
      engine.sql
        // Chosen once: as a part of the condition, PostgreSQL may choose anew for every row.
        .with(
          (cte) => cte('due').materialized(),
          (db) => {
            const due = db
              .selectFrom('jobs')
              .select(['kind', 'subject'])
              .where('kind', 'in', [...new Set(kinds)])
              .where('due_at', '<=', dueBefore.getTime())
              .where(({ or, eb }) => or([eb('lease_until', 'is', null), eb('lease_until', '<=', now)]))
              .orderBy('due_at')
              .limit(limit)
            return engine.rowLocks ? due.forUpdate().skipLocked() : due
          },
        )
        .updateTable('jobs')
        .set(({ eb }) => ({
          attempts: eb('attempts', '+', 1),
          fence: eb('fence', '+', 1),
          lease_until: sql<number>`${now} + ${leaseMs}`,
        }))
        .where(({ eb, refTuple, selectFrom }) =>
          eb(
            refTuple('kind', 'subject'),
            'in',
            selectFrom('due').select(['kind', 'subject']).$asTuple('kind', 'subject'),
          ),
        )
        .returning(CLAIMED_COLUMNS),
    )
    const { rows } = await engine.batch([{ ...statement, affects: null }])
    const jobs = rows.map((values) => toClaimedJob(toRow<ClaimedRow>(CLAIMED_COLUMNS, values)))
    return jobs.sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
  },
})
