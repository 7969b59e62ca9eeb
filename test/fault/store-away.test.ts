import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { followEventStream } from '../../examples/subscribe/follow-event-stream.ts'
import { followEvents } from '../../examples/subscribe/follow-events.ts'
import type { Store } from '../../src/domain/store.ts'
import { connect, hasPostgres } from '../store/postgres-server.ts'
import { createEventWriter, type EventWriter } from './event-writer.ts'
import { openFollower } from './followers.ts'
import { openReplicaSet, type ReplicaSet } from './replica-set.ts'

/** A statement that waits so long for a table is cancelled: to the gateway its store is away. */
const PATIENCE_MS = 300

/** Statements of the gateway that wait for a table now, of those that read like this. */
const WAITING = `select pid || ' ' || query_start as statement from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock' and query ~ $1`
const OF_USERS = 'from "users"'
const OF_CONSENTS = 'from "consents"'
/** Of one user: the gateway's own reading of the log is for everybody. */
const OF_EVENTS = 'from "events".*"user_id" ='

describe.skipIf(!hasPostgres)('a stream, while its store does not answer', () => {
  let set: ReplicaSet
  let store: Store
  let writer: EventWriter

  beforeAll(async () => {
    set = await openReplicaSet({ count: 1, env: { DATABASE_STATEMENT_TIMEOUT_MS: String(PATIENCE_MS) } })
    store = await set.openStore()
    writer = await createEventWriter(store, 1)
  })
  afterAll(() => set[Symbol.asyncDispose]())

  const USER = { user: { externalId: 'follower-0' } }
  const follow = (client = followEvents) =>
    openFollower({ url: set.balancer.url, credential: set.apiKey, filter: USER, client })
  const ids = (): readonly string[] =>
    [...writer.writtenFor(writer.users[0]!).values()]
      .flat()
      .toSorted((a, b) => a.at - b.at)
      .map(({ id }) => id)

  /** Keeps everybody else from a table while `work` runs, and until statements have run into that twice. */
  const lock = async (table: string, statements: string, work: () => void): Promise<void> => {
    await using holder = await connect(set.databaseUrl)
    await using watcher = await connect(set.databaseUrl)
    await holder.client.query('begin')
    await holder.client.query(`lock table ${table} in access exclusive mode`)
    work()
    const waited = new Set<string>()
    while (waited.size < 2) {
      await pause(PATIENCE_MS / 10)
      const { rows } = await watcher.client.query<{ statement: string }>(WAITING, [statements])
      for (const { statement } of rows) waited.add(statement)
    }
    await holder.client.query('commit')
  }

  test('brings the event whose consent could not be read, once it can be', async () => {
    const follower = follow()
    await follower.until(() => follower.items.length === 1)
    await using first = await connect(set.databaseUrl)
    await first.client.query('begin')
    await first.client.query('lock table consents in access exclusive mode')
    await first.client
      .query(`insert into events (id, at, client_id, user_id, consent_id, provider, consent_version, type, body)
      select 'evt_unread', 0, client_id, user_id, id, provider, version, 'ConsentExpiringSoon', '{"type":"ConsentExpiringSoon","daysLeft":7}'
      from consents limit 1`)
    // In line behind the first, it has the table before anybody can read of the event.
    const second = lock('consents', OF_CONSENTS, () => {})
    await using watcher = await connect(set.databaseUrl)
    const inLine = "select from pg_stat_activity where wait_event_type = 'Lock' and query like 'lock table consents%'"
    while ((await watcher.client.query(inLine)).rows.length === 0) await pause(10)
    await first.client.query('commit')
    await second
    await follower.until(() => follower.seen.length === 1)
    expect(follower.seen).toMatchObject([{ id: 'evt_unread' }])
    expect(follower.connectedAt).toHaveLength(1)
    await follower.stop()
  })

  test.each([
    { table: 'users', statements: OF_USERS, over: 'a WebSocket', client: followEvents },
    { table: 'users', statements: OF_USERS, over: 'HTTP', client: followEventStream },
    { table: 'consents', statements: OF_CONSENTS, over: 'a WebSocket', client: followEvents },
    { table: 'consents', statements: OF_CONSENTS, over: 'HTTP', client: followEventStream },
  ])('begins once it can read $table, over $over', async ({ table, statements, client }) => {
    let follower: ReturnType<typeof follow> | null = null
    await lock(table, statements, () => {
      follower = follow(client)
    })
    await follower!.until(() => follower!.items.length === 1)
    expect(follower!.items).toMatchObject([{ __typename: 'ConsentSnapshot' }])
    // Who is known to be let in waits; who is not is told to come again.
    if (table === 'consents') expect(follower!.connectedAt).toHaveLength(1)
    await writer.writeToEach()
    await follower!.until(() => follower!.seen.length === 2)
    expect(follower!.seen.map(({ id }) => id)).toEqual(ids().slice(-2))
    await follower!.stop()
  })

  test('replays the log once it can', async () => {
    const early = follow()
    await early.until(() => early.items.length === 1)
    const { cursor } = early.items[0]!
    await early.stop()
    await writer.writeToEach()
    let late: ReturnType<typeof openFollower> | null = null
    await lock('events', OF_EVENTS, () => {
      late = openFollower({ url: set.balancer.url, credential: set.apiKey, filter: USER, after: cursor! })
    })
    await late!.until(() => late!.seen.length === 2)
    expect(late!.items).toEqual([])
    expect(late!.seen.map(({ id }) => id)).toEqual(ids().slice(-2))
    expect(late!.connectedAt).toHaveLength(1)
    await late!.stop()
  })
})
