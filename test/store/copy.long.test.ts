import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EventCursor } from '../../src/domain/event.ts'
import type { Store } from '../../src/domain/store.ts'
import { copyEmbeddedToPostgres } from '../../src/store/copy/copy-store.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { createSealer } from '../../src/store/sealing.ts'
import { sealer, temporaryDirectory } from './directory.ts'
import {
  at,
  newEvent,
  newLink,
  newObservation,
  newRecord,
  newSession,
  newWebhookDelivery,
  newWebhookEndpoint,
  newWebhookMessage,
  next,
  put,
  settleConsent,
} from './entities.ts'
import { hasPostgres, type PostgresServer, startPostgres } from './postgres-server.ts'
import { storeOptions } from './postgres-store.ts'

const PROGRAM = join(import.meta.dirname, 'programs/copy-once.ts')
const EVENTS = 1_203
const openSealer = () => Promise.resolve(sealer)
const EVERYTHING = { first: 100, after: null }

/** Something in every table, and in one of them more than a batch. */
const fill = async (store: Store) => {
  const found = await settleConsent(store, { secrets: { jwt: 'a.b.c' }, providerConsentId: 'p-1' })
  const session = newSession(found.consent)
  const endpoint = newWebhookEndpoint(found.client.id)
  const message = newWebhookMessage(endpoint)
  await put(
    store,
    { kind: 'link.insert', link: newLink(found.user, { user: { ref: 'ref-1', secrets: { token: 'a token' } } }) },
    { kind: 'session.insert', session },
    { kind: 'observation.append', observation: newObservation(found.consent.id) },
    { kind: 'idempotency.claim', record: newRecord(found.client.id, null) },
    { kind: 'job.schedule', job: { kind: 'POLL_CONSENT', subject: found.consent.id }, dueAt: at() },
    { kind: 'webhook.insert', endpoint },
    { kind: 'webhook.message', message },
    { kind: 'webhook.attempted', delivery: newWebhookDelivery(message, { nextAttemptAt: at(1) }) },
  )
  const events = Array.from({ length: EVENTS }, () => newEvent(found.consent))
  for (let from = 0; from < EVENTS; from += 200) {
    await put(store, ...events.slice(from, from + 200).map((event) => ({ kind: 'event.append', event }) as const))
  }
  const { rows } = await store.events.page(found.ofClient, {}, 100, null)
  return { ...found, session, endpoint, events, hundredth: rows.at(-1)!.cursor }
}

const filled = async (directory: string) => {
  const store = await openEmbeddedStore({ directory, sealer })
  try {
    return await fill(store)
  } finally {
    await store.close()
  }
}

const readAfter = async (store: Store, scope: Parameters<Store['events']['page']>[0], after: EventCursor) => {
  const ids: string[] = []
  for (let cursor = after; ;) {
    const { rows, hasNextPage } = await store.events.page(scope, {}, 100, cursor)
    ids.push(...rows.map(({ id }) => id))
    if (!hasNextPage) return ids
    cursor = rows.at(-1)!.cursor
  }
}

describe.skipIf(!hasPostgres)('a move from the embedded store to PostgreSQL', () => {
  let server: PostgresServer
  const query = async (url: string, sql: string) => {
    const client = new Client(url)
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows
    } finally {
      await client.end()
    }
  }

  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('brings everything, secrets and cursors included, and leaves nothing to go on with', async () => {
    await using directory = await temporaryDirectory()
    const before = await filled(directory.path)
    const to = { url: await server.createDatabase(), tls: null }

    const { outcome, tables } = await copyEmbeddedToPostgres({ directory: directory.path, openSealer, to })
    expect(outcome).toBe('COPIED')
    expect(Object.fromEntries(tables.map(({ table, rows }) => [table, rows]))).toMatchObject({
      clients: 1,
      users: 1,
      provider_links: 1,
      consents: 1,
      auth_sessions: 1,
      observations: 1,
      events: EVENTS,
      idempotency: 1,
      webhook_endpoints: 1,
      webhook_messages: 1,
      webhook_deliveries: 1,
    })

    const store = await openPostgresStore(storeOptions(to.url))
    try {
      expect(await store.consents.byIds(before.ofClient, [before.consent.id])).toEqual([
        { ...before.consent, seenAt: null },
      ])
      expect(await store.links.byUsers(before.ofClient, [before.user.id])).toMatchObject([
        [{ user: { ref: 'ref-1', secrets: { token: 'a token' } } }],
      ])
      expect(await store.webhooks.byIds(before.ofClient, [before.endpoint.id])).toEqual([before.endpoint])
      expect(await store.sessions.byIds(before.ofClient, [before.session.id])).toEqual([before.session])

      const added = newEvent(before.consent)
      await put(store, { kind: 'event.append', event: added })
      expect(await readAfter(store, before.ofClient, before.hundredth)).toEqual(
        [...before.events.slice(100), added].map(({ id }) => id),
      )
      await put(store, {
        kind: 'observation.append',
        observation: newObservation(before.consent.id, { providerRaw: 'X' }),
      })
      const { rows } = await store.observations.page(before.ofClient, before.consent.id, 10, null)
      expect(rows.map(({ position }) => position)).toEqual([1, 2])
    } finally {
      await store.close()
    }

    await expect(openEmbeddedStore({ directory: directory.path, sealer })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('Set DATABASE_URL') as unknown,
    })
  })

  test('brings where the log begins: what was too old stays too old, and what is old is removed on', async () => {
    await using directory = await temporaryDirectory()
    const before = await filled(directory.path)
    const embedded = await openEmbeddedStore({ directory: directory.path, sealer })
    await put(embedded, { kind: 'webhook.update', endpoint: next(before.endpoint, { enabled: false }) })
    const start = await embedded.events.page(before.ofClient, {}, 2, null)
    expect(await embedded.retention.events(at(1), 100)).toMatchObject({ removed: 100 })
    await embedded.close()
    const to = { url: await server.createDatabase(), tls: null }
    await copyEmbeddedToPostgres({ directory: directory.path, openSealer, to })
    const store = await openPostgresStore(storeOptions(to.url))
    try {
      const expired = { code: 'CURSOR_EXPIRED' }
      await expect(store.events.page('SYSTEM', {}, 10, start.rows[1]!.cursor)).rejects.toMatchObject(expired)
      expect(await readAfter(store, before.ofClient, before.hundredth)).toHaveLength(EVENTS - 100)
      expect(await store.retention.events(at(1), 100)).toMatchObject({ removed: 100 })
      await expect(store.events.page('SYSTEM', {}, 10, before.hundredth)).rejects.toMatchObject(expired)
    } finally {
      await store.close()
    }
  })

  test('is verified when it is run again, and says when gateways have gone on since', async () => {
    await using directory = await temporaryDirectory()
    await filled(directory.path)
    const to = { url: await server.createDatabase(), tls: null }
    const first = await copyEmbeddedToPostgres({ directory: directory.path, openSealer, to })
    const again = await copyEmbeddedToPostgres({ directory: directory.path, openSealer, to })
    expect(again).toEqual({ ...first, outcome: 'VERIFIED' })

    await query(to.url, `delete from events where seq = 700`)
    await expect(copyEmbeddedToPostgres({ directory: directory.path, openSealer, to })).rejects.toThrow(
      /same events: 1203 rows here, 1202 there. It was copied before/,
    )
  })

  test.each([
    ['a number', 'events', 'new.at := new.at + 1'],
    ['a text', 'consents', `new.status := 'REVOKED'`],
    ['a null', 'consents', 'new.secrets := null'],
  ])('keeps nothing where %s does not come out as it went in', async (_what, table, change) => {
    await using directory = await temporaryDirectory()
    await filled(directory.path)
    const to = { url: await server.createDatabase(), tls: null }
    await (await openPostgresStore(storeOptions(to.url))).close()
    await query(
      to.url,
      `create function spoil() returns trigger language plpgsql as $$ begin ${change}; return new; end $$;
       create trigger spoil before insert on ${table} for each row execute function spoil()`,
    )
    await expect(copyEmbeddedToPostgres({ directory: directory.path, openSealer, to })).rejects.toThrow(
      new RegExp(`does not hold the same ${table}: .* Nothing was copied`),
    )
    expect(await query(to.url, 'select id from users')).toEqual([])
    const store = await openEmbeddedStore({ directory: directory.path, sealer })
    expect(await store.users.page('SYSTEM', EVERYTHING)).toMatchObject({ rows: [{}] })
    await store.close()
  })

  test('refuses what it cannot do, and says what to do instead', async () => {
    await using directory = await temporaryDirectory()
    await using elsewhere = await temporaryDirectory()
    const store = await openEmbeddedStore({ directory: directory.path, sealer })
    await fill(store)
    const to = { url: await server.createDatabase(), tls: null }
    await expect(copyEmbeddedToPostgres({ directory: directory.path, openSealer, to })).rejects.toThrow(
      /Another process is using/,
    )
    await store.close()
    await expect(copyEmbeddedToPostgres({ directory: elsewhere.path, openSealer, to })).rejects.toThrow(
      /no embedded store in .* Set CONSENTGRAPH_DATA_DIR/,
    )
    const strangers = createSealer([{ id: 'test', key: Buffer.alloc(32, 8) }])
    await expect(
      copyEmbeddedToPostgres({ directory: directory.path, openSealer: () => Promise.resolve(strangers), to }),
    ).rejects.toThrow(/not the ones this database was sealed with/)
    await expect(
      copyEmbeddedToPostgres({
        directory: directory.path,
        openSealer,
        to: { url: 'postgres://me:secret@127.0.0.1:1/none', tls: null },
      }),
    ).rejects.toThrow(/^PostgreSQL at 127.0.0.1:1\/none cannot be used: .*ECONNREFUSED/)

    const used = await openPostgresStore(storeOptions(to.url))
    await fill(used)
    await used.close()
    await expect(copyEmbeddedToPostgres({ directory: directory.path, openSealer, to })).rejects.toThrow(
      /is not empty: .*users.* Make a database for it; nothing was copied/,
    )
  })

  test('killed at any moment, it is done or not done, and goes on when it is run again', async () => {
    await using directory = await temporaryDirectory()
    await filled(directory.path)
    const url = await server.createDatabase()
    const killed = { inTime: 0, late: 0 }
    for (const delayMs of [120, 200, 280, 360, 440, 520]) {
      const child = spawn(process.execPath, [PROGRAM, directory.path, url], { stdio: ['ignore', 'ignore', 'inherit'] })
      const timer = setTimeout(() => child.kill('SIGKILL'), delayMs)
      const [code] = (await once(child, 'exit')) as [number | null]
      clearTimeout(timer)
      killed[code === null ? 'inTime' : 'late'] += 1
      if (code !== null) expect(code).toBe(0)
    }
    expect(killed.inTime).toBeGreaterThan(0)
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, directory.path, url])
    expect(JSON.parse(stdout)).toMatchObject({ outcome: expect.stringMatching(/COPIED|VERIFIED/) as unknown })
    expect(await query(url, 'select count(*)::integer as events from events')).toEqual([{ events: EVENTS }])
    await expect(openEmbeddedStore({ directory: directory.path, sealer })).rejects.toThrow(/was moved/)
  })
})
