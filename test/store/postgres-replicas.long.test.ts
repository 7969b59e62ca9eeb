import type { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { AuthSessionId, ConsentId } from '../../src/domain/ids.ts'
import type { ClaimedJob } from '../../src/domain/job.ts'
import type { Store, Write } from '../../src/domain/store.ts'
import { openPostgresStore, type PostgresStoreOptions } from '../../src/store/postgres/open-postgres-store.ts'
import { at, newEvent, newObservation, newSession, next, put, settleConsent } from './entities.ts'
import { connect, hasPostgres, type PostgresServer, startPostgres } from './postgres-server.ts'
import { storeOptions } from './postgres-store.ts'

/** So long that only a wake-up can have been the reason. */
const NO_POLL = { nudgePollMs: 600_000 }
const SOON_MS = 1_000

const openReplica = async (url: string, change: Partial<PostgresStoreOptions> = {}) => {
  const store = await openPostgresStore(storeOptions(url, change))
  return { store, [Symbol.asyncDispose]: () => store.close() }
}

const untilNudged = async (store: Store, cause: () => Promise<unknown>): Promise<number> => {
  const nudged = Promise.withResolvers<void>()
  using _ = store.onEvents(() => nudged.resolve())
  const startedAt = performance.now()
  await cause()
  await nudged.promise
  return performance.now() - startedAt
}

const untilTold = async (store: Store, id: AuthSessionId, cause: () => Promise<unknown>): Promise<number> => {
  const told = Promise.withResolvers<void>()
  using _ = store.onSessions((ids) => {
    if (ids.includes(id)) told.resolve()
  })
  const startedAt = performance.now()
  await cause()
  await told.promise
  return performance.now() - startedAt
}

describe.skipIf(!hasPostgres)('replicas on one database', () => {
  let server: PostgresServer
  let url: string

  beforeAll(async () => {
    server = await startPostgres()
  })
  beforeEach(async () => {
    url = await server.createDatabase()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('wake each other for events and sessions', async () => {
    await using one = await openReplica(url, NO_POLL)
    await using two = await openReplica(url, NO_POLL)
    const { consent } = await settleConsent(one.store)
    for (const [writer, reader] of [
      [one.store, two.store],
      [two.store, one.store],
      [one.store, one.store],
    ] as const) {
      const append = () => put(writer, { kind: 'event.append', event: newEvent(consent) })
      expect(await untilNudged(reader, append)).toBeLessThan(SOON_MS)
      const session = newSession(consent)
      const insert = () => put(writer, { kind: 'session.insert', session })
      expect(await untilTold(reader, session.id, insert)).toBeLessThan(SOON_MS)
      const update = () => put(writer, { kind: 'session.update', session: next(session, { status: 'VERIFYING' }) })
      expect(await untilTold(reader, session.id, update)).toBeLessThan(SOON_MS)
    }
  })

  test('find what nobody woke them for', async () => {
    await using replica = await openReplica(url)
    await using silent = await connect(url)
    const { consent } = await settleConsent(replica.store)
    const session = newSession(consent)
    await put(replica.store, { kind: 'session.insert', session }, { kind: 'event.append', event: newEvent(consent) })
    const touch = () => silent.client.query('update auth_sessions set changed_in = pg_current_xact_id()')
    expect(await untilTold(replica.store, session.id, touch)).toBeLessThan(SOON_MS)
    const copy = () =>
      silent.client
        .query(`insert into events (id, at, client_id, user_id, consent_id, provider, consent_version, type, body)
        select id || 'x', at, client_id, user_id, consent_id, provider, consent_version, type, body from events`)
    expect(await untilNudged(replica.store, copy)).toBeLessThan(SOON_MS)
  })

  test('find it by an index, however much is stored', async () => {
    await using admin = await connect(url)
    const walks = async (): Promise<unknown> => {
      // What a session did is counted when it ends.
      const sessions = 'select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
      while ((await admin.client.query(sessions)).rows.length > 0);
      const tables = "relname in ('events', 'auth_sessions')"
      return (await admin.client.query(`select relname, seq_scan from pg_stat_user_tables where ${tables}`)).rows
    }
    {
      await using replica = await openReplica(url)
      const { consent } = await settleConsent(replica.store)
      await put(
        replica.store,
        { kind: 'session.insert', session: newSession(consent) },
        { kind: 'event.append', event: newEvent(consent) },
      )
    }
    {
      await using filler = await connect(url)
      await multiply(filler.client, 'events', ['seq', 'timeline', 'xid'])
      await multiply(filler.client, 'auth_sessions', ['changed_in'])
      await filler.client.query('analyze')
    }
    const before = await walks()
    {
      await using replica = await openReplica(url)
      const { consent } = await settleConsent(replica.store)
      for (let count = 0; count < 20; count += 1) {
        await untilNudged(replica.store, () => put(replica.store, { kind: 'event.append', event: newEvent(consent) }))
      }
    }
    expect(await walks()).toEqual(before)
  })

  test('tell of a session while another transaction holds the events back', async () => {
    await using one = await openReplica(url, NO_POLL)
    await using two = await openReplica(url, NO_POLL)
    await using slow = await connect(url)
    const { consent } = await settleConsent(one.store)
    await slow.client.query('begin; select pg_current_xact_id()')
    const session = newSession(consent)
    const write = () =>
      put(one.store, { kind: 'session.insert', session }, { kind: 'event.append', event: newEvent(consent) })
    expect(await untilTold(two.store, session.id, write)).toBeLessThan(SOON_MS)
    expect(await untilNudged(two.store, () => slow.client.query('commit'))).toBeLessThan(5 * SOON_MS)
  })

  test('do each job once, however many claim', async () => {
    await using one = await openReplica(url)
    await using two = await openReplica(url)
    const jobs = Array.from({ length: 300 }, (_, index) => ({ kind: 'REVOKE', subject: `con_${index}` }) as const)
    await put(one.store, ...jobs.map((job) => ({ kind: 'job.schedule', job, dueAt: at() }) as const))
    const done: string[] = []
    const work = async (store: Store): Promise<void> => {
      for (;;) {
        const claimed = await store.jobs.claim({ kinds: ['REVOKE'], dueBefore: at(), leaseMs: 600_000, limit: 7 })
        expect(claimed.length).toBeLessThanOrEqual(7)
        if (claimed.length === 0) return
        await put(store, ...claimed.map((job) => finish(job)))
        done.push(...claimed.map(({ subject }) => subject))
      }
    }
    await Promise.all([one, two, one, two, one, two].map(({ store }) => work(store)))
    expect(done.toSorted()).toEqual(jobs.map(({ subject }) => subject).toSorted())
  })

  test('refuse what a holder commits after its lease moved on, with all else in that commit', async () => {
    await using one = await openReplica(url)
    await using two = await openReplica(url)
    const { consent, ofClient } = await settleConsent(one.store)
    await put(one.store, { kind: 'job.schedule', job: { kind: 'REVOKE', subject: consent.id }, dueAt: at() })
    const claim = { kinds: ['REVOKE'], dueBefore: at(), limit: 1 } as const
    const [stalled] = await one.store.jobs.claim({ ...claim, leaseMs: 0 })
    const [holder] = await two.store.jobs.claim({ ...claim, leaseMs: 600_000 })
    expect(holder?.fence).toBeGreaterThan(stalled!.fence)
    const revoke = { kind: 'consent.update', consent: next(consent, { status: 'REVOKED' }) } as const
    expect(await one.store.commit([revoke, finish(stalled!)])).toEqual({ committed: false, conflict: 'job.finish' })
    expect(await two.store.consents.byIds(ofClient, [consent.id])).toMatchObject([{ version: 1 }])
    await put(two.store, revoke, finish(holder!))
  })

  test('hold leases by the clock of the database, wherever their own stands', async () => {
    await using one = await openReplica(url)
    await using two = await openReplica(url)
    await put(one.store, { kind: 'job.schedule', job: { kind: 'REVOKE', subject: 'con_1' }, dueAt: at() })
    const claim = { kinds: ['REVOKE'], dueBefore: at(), limit: 1, leaseMs: 60_000 } as const
    onTestFinished(() => void vi.useRealTimers())
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 300_000 })
    expect(await one.store.jobs.claim(claim)).toHaveLength(1)
    vi.setSystemTime(Date.now() + 600_000)
    expect(await two.store.jobs.claim(claim)).toHaveLength(0)
  })

  test('give one version of a consent one winner', async () => {
    await using one = await openReplica(url)
    await using two = await openReplica(url)
    const { consent } = await settleConsent(one.store)
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, racer) => {
        const changed = next(consent, { institutionRef: `racer ${racer}` })
        const { store } = racer % 2 === 0 ? one : two
        return store.commit([
          { kind: 'consent.update', consent: changed },
          { kind: 'event.append', event: newEvent(changed) },
        ])
      }),
    )
    expect(outcomes.filter(({ committed }) => committed)).toHaveLength(1)
  })

  test('write what they observe at once as one row that counts', async () => {
    await using one = await openReplica(url)
    await using two = await openReplica(url)
    const { consent, ofClient } = await settleConsent(one.store)
    const observation = newObservation(consent.id)
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        put((index % 2 === 0 ? one : two).store, { kind: 'observation.append', observation }),
      ),
    )
    const { rows } = await one.store.observations.page(ofClient, consent.id, 100, null)
    expect(rows.map(({ repeated }) => repeated)).toEqual([40])
  })

  test('never wait for each other in a circle, in whatever order they change the same rows', async () => {
    await using one = await openReplica(url)
    await using two = await openReplica(url)
    await using admin = await connect(url)
    const a = await settleConsent(one.store)
    const b = await settleConsent(one.store)
    const session = newSession(a.consent)
    await put(one.store, { kind: 'session.insert', session })
    const job = { kind: 'RECONCILE_SESSION', subject: session.id } as const
    await put(one.store, { kind: 'job.schedule', job, dueAt: at() })
    const commit = ({ store }: typeof one, first: ConsentId, second: ConsentId, version: number) => {
      const changed = { ...session, version }
      const writes: readonly Write[] = [
        { kind: 'job.drop', job },
        { kind: 'consent.seen', consentId: first, at: at(version) },
        { kind: 'session.update', session: changed },
        { kind: 'job.schedule', job, dueAt: at(version) },
        { kind: 'consent.seen', consentId: second, at: at(version) },
      ]
      return store.commit(first === a.consent.id ? writes : writes.toReversed())
    }
    for (let version = 2; version <= 40; version += 1) {
      const outcomes = await Promise.all([
        commit(one, a.consent.id, b.consent.id, version),
        commit(two, b.consent.id, a.consent.id, version),
        commit(two, a.consent.id, b.consent.id, version),
      ])
      expect(outcomes.filter(({ committed }) => committed)).toHaveLength(1)
    }
    const { rows } = await admin.client.query(
      'select deadlocks from pg_stat_database where datname = current_database()',
    )
    expect(rows).toEqual([{ deadlocks: '0' }])
  })

  test('try again where another waits for them, and they for it', async () => {
    await using replica = await openReplica(url)
    await using other = await connect(url)
    const a = await settleConsent(replica.store)
    const b = await settleConsent(replica.store)
    const [first, second] = [a.consent.id, b.consent.id].toSorted()
    const see = (consentId: string | undefined) =>
      ({ kind: 'consent.seen', consentId: consentId as ConsentId, at: at(1) }) as const
    // Whoever looks for circles first is the one that ends.
    await other.client.query("set deadlock_timeout = '60s'")
    await other.client.query('begin')
    await other.client.query('update consents set version = version where id = $1', [second])
    const committed = put(replica.store, see(first), see(second))
    const waits = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    while ((await other.client.query(waits)).rows.length === 0);
    await other.client.query('update consents set version = version where id = $1', [first])
    await other.client.query('commit')
    await committed
    const seen = await replica.store.consents.byIds('SYSTEM', [a.consent.id, b.consent.id])
    expect(seen.map((consent) => consent?.seenAt)).toEqual([at(1), at(1)])
  })
})

/** Thousands of copies of the rows of a table, under ids of their own; the given columns take their defaults. */
const multiply = async (client: Client, table: string, made: readonly string[]): Promise<void> => {
  const { rows } = await client.query<{ name: string }>(
    'select column_name as name from information_schema.columns where table_name = $1',
    [table],
  )
  const columns = rows.map(({ name }) => name).filter((name) => !made.includes(name))
  const values = columns.map((name) => (name === 'id' ? 'id || number' : name))
  await client.query(
    `insert into ${table} (${columns.join(', ')}) select ${values.join(', ')} from ${table}, generate_series(1, 20000) as number`,
  )
}

const finish = ({ kind, subject, fence }: ClaimedJob) =>
  ({ kind: 'job.finish', job: { kind, subject }, fence, again: null }) as const
