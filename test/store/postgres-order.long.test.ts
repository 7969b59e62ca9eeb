import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Consent } from '../../src/domain/consent.ts'
import type { EventCursor, NewConsentEvent } from '../../src/domain/event.ts'
import type { Store } from '../../src/domain/store.ts'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { toEventRow } from '../../src/store/rows/history-rows.ts'
import { at, newEvent, newWebhookEndpoint, put, settleConsent, type Tenant } from './entities.ts'
import { connect, hasPostgres, type PostgresServer, startPostgres } from './postgres-server.ts'
import { storeOptions } from './postgres-store.ts'

const WRITERS = 12
const EVENTS = Number(process.env['ORDER_EVENTS'] ?? 10_000)
const MAX_BATCH = 10

/** As a writer that is slow: what it inserts is not committed yet. */
const insert = async (client: Client, events: readonly NewConsentEvent[]): Promise<void> => {
  const rows = events.map((event) => Object.entries(toEventRow(event)))
  const columns = rows[0]!.map(([column]) => column)
  const values = rows.map((row, at) => `(${row.map((_, index) => `$${at * row.length + index + 1}`).join(', ')})`)
  await client.query(
    `insert into events (${columns.join(', ')}) values ${values.join(', ')}`,
    rows.flatMap((row) => row.map(([, value]) => value)),
  )
}

const readNew = async (store: Store, after: EventCursor, first = 1_000) => {
  const { rows } = await store.events.page('SYSTEM', {}, first, after)
  return { ids: rows.map(({ id }) => id), cursor: rows.at(-1)?.cursor ?? after }
}

describe.skipIf(!hasPostgres)('the event log on PostgreSQL', () => {
  let server: PostgresServer
  let url: string
  let store: Store
  let tenant: Tenant & { readonly consent: Consent }

  beforeAll(async () => {
    server = await startPostgres()
    url = await server.createDatabase()
    store = await openPostgresStore(storeOptions(url))
    tenant = await settleConsent(store)
  })
  afterAll(async () => {
    await store.close()
    await server[Symbol.asyncDispose]()
  })

  test('holds an event back until none can come before it', async () => {
    await using slow = await connect(url)
    const [early, late] = [newEvent(tenant.consent), newEvent(tenant.consent)]
    const start = await store.events.head()
    await slow.client.query('begin')
    await insert(slow.client, [early])
    await put(store, { kind: 'event.append', event: late })
    expect(await readNew(store, start)).toEqual({ ids: [], cursor: start })
    expect(await store.events.head()).toBe(start)

    const nudged = Promise.withResolvers<void>()
    using _ = store.onEvents(() => nudged.resolve())
    await slow.client.query('commit')
    // Nobody was woken for this commit.
    await nudged.promise
    const { ids, cursor } = await readNew(store, start)
    expect(ids).toEqual([early.id, late.id])
    expect(await store.events.head()).toBe(cursor)
  })

  test('keeps its order and its webhook endpoints when it becomes that of another server', async () => {
    const url = await server.createDatabase()
    const before = await openPostgresStore(storeOptions(url))
    const { client, consent } = await settleConsent(before)
    const [gone, early, late, last] = Array.from({ length: 4 }, () => newEvent(consent)) as [
      NewConsentEvent,
      NewConsentEvent,
      NewConsentEvent,
      NewConsentEvent,
    ]
    await put(before, { kind: 'event.append', event: gone })
    await before.retention.events(at(1), 10)
    {
      // Written in one order, committed in the other.
      await using first = await connect(url)
      await using second = await connect(url)
      await first.client.query('begin; select pg_current_xact_id()')
      await second.client.query('begin; select pg_current_xact_id()')
      await insert(second.client, [late])
      await insert(first.client, [early])
      await second.client.query('commit')
      await first.client.query('commit')
    }
    await put(before, { kind: 'event.append', event: last })
    const { rows } = await before.events.page('SYSTEM', {}, 10, null)
    const order = [early, late, last].map(({ id }) => id)
    expect(rows.map(({ id }) => id)).toEqual(order)
    const endpoints = [await before.events.head(), ...rows.map(({ cursor }) => cursor)].map((cursor, index) =>
      newWebhookEndpoint(client.id, { cursor, url: `https://app.example/${index}` }),
    )
    await put(before, ...endpoints.map((endpoint) => ({ kind: 'webhook.insert', endpoint }) as const))
    await before.close()

    await using operator = await connect(url)
    await operator.client.query("delete from meta where name = 'log-written-by'")
    const after = await openPostgresStore(storeOptions(url))
    const added = newEvent(consent)
    await put(after, { kind: 'event.append', event: added })
    await expect(after.events.page('SYSTEM', {}, 10, rows[0]!.cursor)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    const page = await after.events.page('SYSTEM', {}, 10, null)
    expect(page.rows.map(({ id }) => id)).toEqual([...order, added.id])
    const found = await after.webhooks.byIds(
      'SYSTEM',
      endpoints.map(({ id }) => id),
    )
    const untaken = await Promise.all(found.map((endpoint) => after.events.untaken(endpoint!, 10)))
    expect(untaken.map((taken) => taken.rows.map(({ id }) => id))).toEqual(
      [3, 1, 2, 3].map((taken) => [...order.slice(taken), added.id]),
    )
    // What was removed before is behind a horizon that is a new one; removing goes on.
    expect(await after.retention.events(at(1), 10)).toMatchObject({ removed: 1, heldBy: endpoints[1]!.id })
    await after.close()
  })

  test('goes on without a transaction that was undone', async () => {
    await using slow = await connect(url)
    const start = await store.events.head()
    await slow.client.query('begin')
    await insert(slow.client, [newEvent(tenant.consent)])
    const event = newEvent(tenant.consent)
    await put(store, { kind: 'event.append', event })
    await slow.client.query('rollback')
    expect((await readNew(store, start)).ids).toEqual([event.id])
  })

  test(
    `misses none of ${EVENTS} events of ${WRITERS} writers that overtake each other`,
    { timeout: 600_000 },
    async () => {
      const start = await store.events.head()
      const committed: string[] = []
      let left = EVENTS
      const write = async (): Promise<void> => {
        await using writer = await connect(url)
        while (left > 0) {
          const events = Array.from({ length: Math.min(left, 1 + Math.floor(Math.random() * MAX_BATCH)) }, () =>
            newEvent(tenant.consent),
          )
          left -= events.length
          await writer.client.query('begin')
          await insert(writer.client, events)
          // Most end at once, some take long: they are overtaken by hundreds.
          const fate = Math.random()
          if (fate < 0.2) await pause(fate < 0.02 ? 100 : 5)
          if (fate > 0.95) {
            await writer.client.query('rollback')
            left += events.length
          } else {
            await writer.client.query('commit')
            committed.push(...events.map(({ id }) => id))
          }
        }
      }

      const writing = new AbortController()
      const follow = async (first: number): Promise<readonly string[]> => {
        const read: string[] = []
        let at = start
        for (let last = false; ; last = writing.signal.aborted) {
          const { ids, cursor } = await readNew(store, at, first)
          read.push(...ids)
          at = cursor
          if (ids.length === 0) {
            if (last) return read
            await pause(1)
          }
        }
      }
      /** What the design must not do: it remembers the highest number it has seen. */
      const followNaively = async (): Promise<number> => {
        await using reader = await connect(url)
        const latest = async (): Promise<{ rows: { seq: string }[] }> =>
          await reader.client.query('select seq from events where seq > $1 order by seq limit 1000', [seq])
        let seq = (await reader.client.query<{ seq: string }>('select max(seq) as seq from events')).rows[0]!.seq
        let count = 0
        for (let last = false; ; last = writing.signal.aborted) {
          const { rows } = await latest()
          count += rows.length
          seq = rows.at(-1)?.seq ?? seq
          if (rows.length === 0) {
            if (last) return count
            await pause(1)
          }
        }
      }

      const readers = [follow(1_000), follow(7), follow(100)]
      const naive = followNaively()
      await Promise.all(Array.from({ length: WRITERS }, write))
      writing.abort()
      const [first, ...others] = await Promise.all(readers)
      expect(committed).toHaveLength(EVENTS)
      expect(first).toHaveLength(EVENTS)
      expect(new Set(first)).toEqual(new Set(committed))
      // Everybody in one and the same order.
      for (const other of others) expect(other).toEqual(first)
      // The disorder was real.
      expect(await naive).toBeLessThan(EVENTS)
    },
  )
})
