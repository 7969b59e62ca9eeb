import { randomInt } from 'node:crypto'
import { sql as raw } from 'kysely'
import type { JobName } from '../../domain/job.ts'
import type { Engine } from '../engine.ts'
import { prepare } from '../prepared.ts'
import { toStatement } from '../repositories/read.ts'
import { pick } from '../rows/row.ts'
import { IDEMPOTENCY_COLUMNS, toIdempotencyRow } from '../rows/work-rows.ts'
import type { IdempotencyTable } from '../schema.ts'
import { any, one, type WriteTable } from './write-table.ts'

const MAX_FIRST_FENCE = 2 ** 47

interface JobDue extends JobName {
  readonly due: number
  readonly fence: number
}

export const createWorkWrites = ({
  sql,
  leaseNow,
}: Engine): WriteTable<
  | 'idempotency.claim'
  | 'idempotency.finish'
  | 'job.schedule'
  | 'job.ensure'
  | 'job.hasten'
  | 'job.renew'
  | 'job.drop'
  | 'job.finish'
> => {
  const claimKey = prepare((row: IdempotencyTable) =>
    sql.insertInto('idempotency').values(pick(row, IDEMPOTENCY_COLUMNS)),
  )
  const finishKey = prepare((row: IdempotencyTable) =>
    sql
      .insertInto('idempotency')
      .values(pick(row, IDEMPOTENCY_COLUMNS))
      .onConflict((taken) =>
        taken
          .columns(['client_id', 'user_id', 'operation', 'key'])
          .doUpdateSet(pick(row, ['state', 'running_until', 'result'])),
      ),
  )
  const insertJob = (job: JobDue) =>
    sql.insertInto('jobs').values({
      kind: job.kind,
      subject: job.subject,
      due_at: job.due,
      fence: job.fence,
      attempts: 0,
      lease_until: null,
    })
  const ensure = prepare((job: JobDue) =>
    insertJob(job).onConflict((taken) => taken.columns(['kind', 'subject']).doNothing()),
  )
  const schedule = prepare((job: JobDue) =>
    insertJob(job).onConflict((taken) =>
      taken
        .columns(['kind', 'subject'])
        .doUpdateSet(({ eb }) => ({ due_at: job.due, fence: eb('jobs.fence', '+', 1), lease_until: null })),
    ),
  )
  const hasten = prepare((job: JobName & { readonly due: number }) =>
    sql
      .updateTable('jobs')
      .set({ due_at: job.due })
      .where('kind', '=', job.kind)
      .where('subject', '=', job.subject)
      .where('due_at', '>', job.due),
  )
  const drop = prepare((job: JobName) =>
    sql.deleteFrom('jobs').where('kind', '=', job.kind).where('subject', '=', job.subject),
  )
  const end = prepare((job: JobName & { readonly fence: number }) =>
    sql
      .deleteFrom('jobs')
      .where('kind', '=', job.kind)
      .where('subject', '=', job.subject)
      .where('fence', '=', job.fence),
  )
  const postpone = prepare((job: JobDue) =>
    sql
      .updateTable('jobs')
      .set(({ eb }) => ({ due_at: job.due, fence: eb('fence', '+', 1), lease_until: null }))
      .where('kind', '=', job.kind)
      .where('subject', '=', job.subject)
      .where('fence', '=', job.fence),
  )

  return {
    'idempotency.claim': ({ record }) => [one(claimKey(toIdempotencyRow(record)))],
    'idempotency.finish': ({ record }) => [one(finishKey(toIdempotencyRow(record)))],
    // A random first fence: a job that was dropped and scheduled again must not accept the one who held it before.
    'job.schedule': ({ job, dueAt }) => [
      one(schedule({ ...job, due: dueAt.getTime(), fence: randomInt(MAX_FIRST_FENCE) })),
    ],
    'job.ensure': ({ job, dueAt }) => [
      any(ensure({ ...job, due: dueAt.getTime(), fence: randomInt(MAX_FIRST_FENCE) })),
    ],
    'job.hasten': ({ job, dueAt }) => [any(hasten({ ...job, due: dueAt.getTime() }))],
    // Compiled each time: the time may be in it.
    'job.renew': ({ job, fence, leaseMs }) => [
      any(
        toStatement(
          sql
            .updateTable('jobs')
            .set({ lease_until: raw<number>`${leaseNow()} + ${leaseMs}` })
            .where('kind', '=', job.kind)
            .where('subject', '=', job.subject)
            .where('fence', '=', fence),
        ),
      ),
    ],
    'job.drop': ({ job }) => [any(drop(job))],
    'job.finish': ({ job, fence, again }) => [
      one(again === null ? end({ ...job, fence }) : postpone({ ...job, due: again.getTime(), fence })),
    ],
  }
}
