import { type Expression, type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely'
import type { ClaimedJob, JobPlace } from '../../domain/job.ts'
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
import { lookUpRows, toStatement } from './read.ts'

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
      const [row] = await lookUpRows<IdempotencyTable>(engine, IDEMPOTENCY_COLUMNS, statement(toIdempotencyKeyRow(key)))
      return row === undefined ? null : toIdempotencyRecord(row)
    },
  }
}

type ClaimedRow = Omit<JobTable, 'lease_until'> & { readonly place: string | null }

const CLAIMED_COLUMNS = columnsOf<Omit<ClaimedRow, 'place'>>({
  kind: true,
  subject: true,
  due_at: true,
  attempts: true,
  fence: true,
})
const CLAIMED_VALUES = [...CLAIMED_COLUMNS, 'place'] as const

/** The name of a provider has no space. */
const PLACE = sql<string>`provider || ' ' || coalesce(institution_ref, '')`
const placeText = ({ provider, institutionRef }: JobPlace): string => `${provider} ${institutionRef ?? ''}`

const toPlace = (text: string): JobPlace => {
  const end = text.indexOf(' ')
  return { provider: word(text.slice(0, end)), institutionRef: text.slice(end + 1) || null }
}

const placeOfSubject = sql<string | null>`coalesce(
  (select ${PLACE} from consents where consents.id = jobs.subject),
  (select ${PLACE} from auth_sessions where auth_sessions.id = jobs.subject)
)`

type Except = NonNullable<Parameters<Store['jobs']['claim']>[0]['except']>

const isElsewhere = ({ providers, places }: Except): Expression<SqlBool> => {
  const isThere = sql.join(
    [
      ...(providers.length === 0 ? [] : [sql`provider in (${sql.join(providers)})`]),
      ...(places.length === 0 ? [] : [sql`${PLACE} in (${sql.join(places.map(placeText))})`]),
    ],
    sql` or `,
  )
  return sql<SqlBool>`not exists (select 1 from consents where consents.id = jobs.subject and (${isThere}))
    and not exists (select 1 from auth_sessions where auth_sessions.id = jobs.subject and (${isThere}))`
}

const toClaimedJob = (row: Selectable<ClaimedRow>): ClaimedJob => ({
  kind: word(row.kind),
  subject: word(row.subject),
  dueAt: new Date(row.due_at),
  attempts: row.attempts,
  fence: row.fence,
  place: row.place === null ? null : toPlace(row.place),
})

const NOWHERE: Except = { providers: [], places: [] }

/** Of one statement. */
const MAX_SUBJECTS = 128

/** In parts of few lengths, the last one filled up with one of its own: each length is another statement. */
const toParts = <Item>(items: readonly Item[]): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / MAX_SUBJECTS) }, (_, index) => {
    const part = items.slice(index * MAX_SUBJECTS, (index + 1) * MAX_SUBJECTS)
    const length = 2 ** Math.ceil(Math.log2(part.length))
    return [...part, ...part.slice(0, 1).flatMap((first) => Array<Item>(length - part.length).fill(first))]
  })

const createHastenPolls = (engine: Engine): Store['jobs']['hastenPolls'] => {
  const db = engine.sql
  const hasten = async (subjects: RawBuilder<unknown>, dueAt: Date): Promise<void> => {
    const due = dueAt.getTime()
    const query = db
      .updateTable('jobs')
      .set({ due_at: due })
      .where('kind', '=', 'POLL_CONSENT')
      .where('due_at', '>', due)
      .where(sql<SqlBool>`subject in (${subjects})`)
    await engine.batch([{ ...toStatement(query), affects: null }])
  }
  return async ({ consents, users }, dueAt) => {
    for (const ids of toParts(consents)) await hasten(sql.join(ids), dueAt)
    for (const ids of toParts(users)) {
      await hasten(
        sql`select consents.id from users
          join consents on consents.client_id = users.client_id and consents.user_id = users.id
          where users.id in (${sql.join(ids)}) and consents.status = 'AUTHORIZED'`,
        dueAt,
      )
    }
  }
}

export const createJobs = (engine: Engine): Store['jobs'] => ({
  hastenPolls: createHastenPolls(engine),
  claim: async ({ kinds, dueBefore, leaseMs, limit, except = NOWHERE }) => {
    if (kinds.length === 0) return []
    const now = engine.leaseNow()
    const isAnywhere = except.providers.length === 0 && except.places.length === 0
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
              .$if(!isAnywhere, (query) => query.where(isElsewhere(except)))
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
        .returning([...CLAIMED_COLUMNS, placeOfSubject.as('place')]),
    )
    const { rows } = await engine.batch([{ ...statement, affects: null }])
    const jobs = rows.map((values) => toClaimedJob(toRow<ClaimedRow>(CLAIMED_VALUES, values)))
    return jobs.sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
  },
})
