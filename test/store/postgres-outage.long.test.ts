import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../../src/domain/store.ts'
import { openPostgresEngine } from '../../src/store/postgres/engine.ts'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { at, newEvent, newUser, next, put, settle, settleConsent } from './entities.ts'
import { connect, hasPostgres, openWire, type PostgresServer, startPostgres } from './postgres-server.ts'
import { storeOptions } from './postgres-store.ts'

const UNAVAILABLE = { code: 'STORE_UNAVAILABLE', retryable: true }

const untilNudged = (store: Store): Promise<void> =>
  new Promise((resolve) => {
    const listening = store.onEvents(() => {
      listening[Symbol.dispose]()
      resolve()
    })
  })

/** Until it succeeds; the server may be on its way up. */
const eventually = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      expect(error).toMatchObject(UNAVAILABLE)
    }
  }
}

describe.skipIf(!hasPostgres)('the store, when PostgreSQL', () => {
  let server: PostgresServer
  let url: string
  const open = async (change: Parameters<typeof storeOptions>[1] = {}) => {
    const store = await openPostgresStore(storeOptions(url, change))
    return { store, [Symbol.asyncDispose]: () => store.close() }
  }
  /** Ends every connection of the store; answers how many. */
  const endConnections = async (): Promise<number> => {
    await using admin = await connect(url)
    const { rows } = await admin.client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'consentgraph'`,
    )
    return rows.length
  }

  beforeAll(async () => {
    server = await startPostgres()
  })
  beforeEach(async () => {
    await server.start()
    url = await server.createDatabase()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('ends its connections, answers all the same', async () => {
    await using opened = await open()
    const { store } = opened
    const { consent, ofClient } = await settleConsent(store)
    let current = consent
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(Array.from({ length: 5 }, () => store.ping()))
      expect(await endConnections()).toBeGreaterThan(1)
      expect(await store.consents.count(ofClient, {})).toBe(1)
      await endConnections()
      current = next(current)
      const nudged = untilNudged(store)
      await put(store, { kind: 'consent.update', consent: current }, { kind: 'event.append', event: newEvent(current) })
      await nudged
    }
    expect((await store.events.page(ofClient, {}, 100, null)).rows).toHaveLength(20)
  })

  test.each(['stop', 'kill'] as const)(
    'is gone (%s), says so at once, and works again when it is back',
    async (end) => {
      await using opened = await open()
      const { store } = opened
      const { client, ofClient, consent } = await settleConsent(store)
      await server[end]()
      for (let tries = 0; tries < 5; tries += 1) {
        const startedAt = performance.now()
        const attempts = await Promise.allSettled([
          store.ping(),
          store.users.count(ofClient),
          store.commit([{ kind: 'user.insert', user: newUser(client.id) }]),
          store.jobs.claim({ kinds: ['REVOKE'], dueBefore: at(), leaseMs: 1, limit: 1 }),
        ])
        for (const attempt of attempts) expect(attempt).toMatchObject({ status: 'rejected', reason: UNAVAILABLE })
        expect(performance.now() - startedAt).toBeLessThan(2_000)
      }
      await server.start()
      expect(await eventually(() => store.users.count(ofClient))).toBe(1)
      const nudged = untilNudged(store)
      await put(store, { kind: 'event.append', event: newEvent(consent) })
      await nudged
    },
  )

  test('does not answer at all, is not waited for', async () => {
    await using wire = await openWire(server.port)
    url = url.replace(String(server.port), String(wire.port))
    await using opened = await open({ statementTimeoutMs: 500 })
    const { store } = opened
    const { ofClient } = await settle(store)
    wire.freeze()
    const startedAt = performance.now()
    await expect(store.users.count(ofClient)).rejects.toMatchObject(UNAVAILABLE)
    await expect(store.ping()).rejects.toMatchObject(UNAVAILABLE)
    expect(performance.now() - startedAt).toBeLessThan(8_000)
  })

  test.each([
    ['before it commits', 'BEFORE', 1],
    ['after it has committed, before it said so', 'AFTER', 2],
  ] as const)('is cut off %s, what is committed again is done once', async (_, when, version) => {
    await using wire = await openWire(server.port)
    url = url.replace(String(server.port), String(wire.port))
    await using opened = await open()
    const { store } = opened
    const { consent, ofClient } = await settleConsent(store)
    const changed = next(consent, { status: 'AUTHORIZED' })
    const commit = () =>
      store.commit([
        { kind: 'consent.update', consent: changed },
        { kind: 'event.append', event: newEvent(changed) },
      ])
    // Ends with a zero byte, unlike `read committed`.
    wire.cutAt('commit\0', when)
    await expect(commit()).rejects.toMatchObject(UNAVAILABLE)
    expect(await store.consents.byIds(ofClient, [consent.id])).toMatchObject([{ version }])
    expect(await commit()).toMatchObject({ committed: version === 1 })
    expect((await store.events.page(ofClient, {}, 10, null)).rows).toHaveLength(1)
  })

  test('is cut off inside a transaction, runs it again', async () => {
    await using wire = await openWire(server.port)
    url = url.replace(String(server.port), String(wire.port))
    await using opened = await open()
    const { store } = opened
    const { client, ofClient } = await settle(store)
    wire.cutAt('insert into "users"', 'AFTER')
    const [one, two] = [newUser(client.id), newUser(client.id)]
    await put(store, { kind: 'user.insert', user: one }, { kind: 'user.insert', user: two })
    expect(await store.users.count(ofClient)).toBe(3)
  })

  test('is left with a statement that takes too long, cancels it, and serves the others', async () => {
    await using opened = await open({ statementTimeoutMs: 300, poolSize: 2 })
    await using other = await connect(url)
    const { store } = opened
    const { consent } = await settleConsent(store)
    await other.client.query('begin')
    await other.client.query('update consents set version = version')
    const blocked = store.commit([{ kind: 'consent.update', consent: next(consent) }])
    await expect(blocked).rejects.toMatchObject(UNAVAILABLE)
    await store.ping()
    await other.client.query('rollback')
    await put(store, { kind: 'consent.update', consent: next(consent) })
  })

  test('has a fault to report, quotes nothing that is stored', async () => {
    await using opened = await open()
    const { client } = await settle(opened.store)
    const user = newUser(client.id, { id: 'usr_canary-id', externalId: 'canary-name', createdAt: new Date(Number.NaN) })
    const fault = await opened.store.commit([{ kind: 'user.insert', user }]).catch((error: unknown) => error)
    expect(fault).toMatchObject({ code: 'INTERNAL', cause: { message: expect.stringContaining('PostgreSQL 22') } })
    expect(inspect(fault, { depth: 9 })).not.toContain('canary')
  })

  test('serves it, holds its own limits and compares text by bytes', async () => {
    await openPostgresStore(storeOptions(url)).then((store) => store.close())
    const engine = await openPostgresEngine(
      storeOptions(url, { statementTimeoutMs: 4_321, idleInTransactionTimeoutMs: 1_234 }),
    )
    const ask = (sql: string) => engine.query({ sql, parameters: [] })
    expect(await ask('show statement_timeout')).toEqual([['4321ms']])
    expect(await ask('show idle_in_transaction_session_timeout')).toEqual([['1234ms']])
    expect(
      await ask(`select table_name, column_name from information_schema.columns
        where table_schema = 'public' and data_type = 'text' and collation_name is distinct from 'C'`),
    ).toEqual([])
    await engine.close()
  })

  test('is asked while the store closes, answers what was asked before', async () => {
    const store = await openPostgresStore(storeOptions(url, { poolSize: 2 }))
    const { client, ofClient } = await settle(store)
    const asked = Array.from({ length: 20 }, () => store.commit([{ kind: 'user.insert', user: newUser(client.id) }]))
    const closed = store.close()
    await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    for (const outcome of await Promise.all(asked)) expect(outcome).toEqual({ committed: true })
    await Promise.all([closed, store.close()])
    await using again = await open()
    expect(await again.store.users.count(ofClient)).toBe(21)
  })

  test('cannot be used, says why and shows no password', async () => {
    const refuse = async (address: string): Promise<string> => {
      const error: unknown = await openPostgresStore(storeOptions(address)).catch((fault: unknown) => fault)
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      expect(inspect(error, { depth: 9 })).not.toContain('password-canary')
      return (error as Error).message
    }
    const at = (place: string) => `postgres://postgres:password-canary@127.0.0.1:${place}`
    expect(await refuse(at(`${server.port}/nowhere`))).toContain('database "nowhere" does not exist')
    await server.stop()
    expect(await refuse(at(`${server.port}/postgres`))).toMatch(/at 127\.0\.0\.1:\d+\/postgres .*ECONNREFUSED/)
  })
})

describe.skipIf(!hasPostgres)('a database that is not the one it was', () => {
  test('taken from a copy, refuses old cursors and keeps the order', async () => {
    await using server = await startPostgres()
    const original = await openPostgresStore(storeOptions(await server.createDatabase()))
    const { consent } = await settleConsent(original)
    const events = [newEvent(consent), newEvent(consent), newEvent(consent)]
    for (const event of events) await put(original, { kind: 'event.append', event })
    const cursor = await original.events.head()
    await original.close()
    {
      await using admin = await connect(server.url())
      await admin.client.query('create database copy template test_1')
    }
    for (const start of ['first', 'second']) {
      const copy = await openPostgresStore(storeOptions(server.url('copy')))
      await expect(copy.events.page('SYSTEM', {}, 10, cursor), start).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      const nudged = untilNudged(copy)
      events.push(newEvent(consent))
      await put(copy, { kind: 'event.append', event: events.at(-1)! })
      await nudged
      const { rows } = await copy.events.page('SYSTEM', {}, 10, null)
      expect(
        rows.map(({ id }) => id),
        start,
      ).toEqual(events.map(({ id }) => id))
      expect(await copy.events.head()).toBe(rows.at(-1)!.cursor)
      await copy.close()
    }
  })

  test('taken over by a server that lost the last commits, tells all that comes to whoever had read those', async () => {
    await using server = await startPostgres()
    const store = await openPostgresStore(storeOptions(await server.createDatabase()))
    const { consent } = await settleConsent(store)
    const append = async () => {
      const event = newEvent(consent)
      await put(store, { kind: 'event.append', event })
      return event.id
    }
    const kept = [await append(), await append()]
    const keptHead = await store.events.head()
    await server.stop()
    execFileSync('cp', ['-a', server.data, `${server.data}-behind`])
    await server.start()
    await eventually(() => store.ping())
    for (let count = 0; count < 50; count += 1) await append()
    const lostHead = await store.events.head()

    await server.kill()
    execFileSync('rm', ['-r', server.data])
    execFileSync('mv', [`${server.data}-behind`, server.data])
    writeFileSync(join(server.data, 'recovery.signal'), '')
    await server.start()
    await eventually(() => store.ping())
    const nudged = untilNudged(store)
    const later = [await append(), await append(), await append()]
    await nudged
    expect((await store.events.page('SYSTEM', {}, 100, null)).rows.map(({ id }) => id)).toEqual([...kept, ...later])
    for (const cursor of [keptHead, lostHead]) {
      const { rows } = await store.events.page('SYSTEM', {}, 100, cursor)
      expect(rows.map(({ id }) => id)).toEqual(later)
      expect(store.events.compare(rows[0]!.cursor, cursor)).toBeGreaterThan(0)
    }
    await store.close()
  })
})
