import { join } from 'node:path'
import { constants, DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import type { GatewayError } from '../../src/domain/errors.ts'
import { createSqliteCompiler } from '../../src/store/embedded/dialect.ts'
import { createEmbeddedEngine, openEmbeddedEngine } from '../../src/store/embedded/engine.ts'
import { DATABASE_FILE } from '../../src/store/embedded/files.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import type { Replies } from '../../src/store/embedded/protocol.ts'
import { sealer, temporaryDirectory } from './directory.ts'
import { newClient, put, settleConsent } from './entities.ts'

const open = (directory: string) => openEmbeddedStore({ directory, sealer })

/** What SQLite looks up to compile a statement anew, when it runs for another number of rows. */
const lookedUpAgain = (text: string): number => {
  using database = new DatabaseSync(':memory:')
  database.exec('create table meta (name text, value text)')
  let lookedUp = 0
  database.setAuthorizer(() => {
    lookedUp += 1
    return constants.SQLITE_OK
  })
  const statement = database.prepare(text)
  statement.all(1)
  const first = lookedUp
  expect(first).toBeGreaterThan(0)
  statement.all(2)
  return lookedUp - first
}

const NOTE = "insert into meta (name, value) values ('note', '')"
const countNotes = { sql: "select count(*) from meta where name = 'note'", parameters: [] }

/** Over a file with all its tables, and a thread that commits and answers before `post` returns. */
const openAtOnce = async (directory: string, onCommit: () => void = () => {}) => {
  await (await openEmbeddedEngine({ directory, lockWaitMs: 0 })).close()
  const database = new DatabaseSync(join(directory, DATABASE_FILE))
  let reply: (replies: Replies) => void = () => {}
  const engine = await createEmbeddedEngine(
    {
      opened: Promise.resolve(),
      exited: Promise.resolve(),
      post: ({ batches }) => {
        for (const [id, statements] of batches) {
          onCommit()
          for (const [sql] of statements) database.exec(sql)
          reply({ answers: [[id, null, []]], refusals: [] })
        }
      },
      onReplies: (listener) => (reply = listener),
      onEnd: () => {},
    },
    directory,
  )
  return {
    engine,
    database,
    [Symbol.asyncDispose]: async () => {
      await engine.close()
      database.close()
    },
  }
}

/** What happened first. */
const order = async (...named: readonly (readonly [string, Promise<unknown>])[]): Promise<readonly string[]> => {
  const seen: string[] = []
  await Promise.all(named.map(([name, work]) => work.then(() => seen.push(name))))
  return seen
}

describe('reads of the embedded store', () => {
  test('do not wait for what is being written', async () => {
    await using directory = await temporaryDirectory()
    const store = await open(directory.path)
    const { consent, ofClient, ofUser } = await settleConsent(store)
    // Whoever holds the write lock makes the thread that owns the file wait, as a slow disk does.
    const holder = new DatabaseSync(join(directory.path, DATABASE_FILE))
    holder.exec('begin immediate')
    const client = newClient()
    const commit = put(store, { kind: 'client.put', client })
    const reads = (async () => {
      // One after the other, in ticks of their own: none is gathered before the commit.
      for (let turn = 0; turn < 3; turn += 1) {
        expect(await store.consents.byIds(ofClient, [consent.id])).toEqual([{ ...consent, seenAt: null }])
        expect((await store.consents.page(ofUser, {}, { first: 10, after: null })).rows).toHaveLength(1)
        expect(await store.clients.byId(client.id)).toBeNull()
        await new Promise(setImmediate)
      }
      holder.exec('rollback')
    })()
    expect(await order(['reads', reads], ['commit', commit])).toEqual(['reads', 'commit'])
    expect(await store.clients.byId(client.id)).toEqual(client)
    holder.close()
    await store.close()
  })

  test('of one turn see one state of the file', async () => {
    await using directory = await temporaryDirectory()
    await using opened = await openAtOnce(directory.path)
    const { engine, database } = opened
    expect(await engine.look(countNotes)).toEqual([[0]])
    // By another process: what it commits is seen a turn later.
    database.exec(NOTE)
    expect(await engine.look(countNotes)).toEqual([[0]])
    await new Promise(setImmediate)
    expect(await engine.look(countNotes)).toEqual([[1]])
  })

  test('see what was acknowledged in the turn in which it was', async () => {
    await using directory = await temporaryDirectory()
    await using opened = await openAtOnce(directory.path)
    const { engine } = opened
    let turned = false
    setImmediate(() => (turned = true))
    expect(await engine.look(countNotes)).toEqual([[0]])
    await engine.batch([{ sql: NOTE, parameters: [], affects: 1 }])
    expect(await engine.look(countNotes)).toEqual([[1]])
    expect(turned).toBe(false)
  })

  test('keep nobody from emptying the log while a commit is under way', async () => {
    await using directory = await temporaryDirectory()
    const emptied: unknown[] = []
    const other = new DatabaseSync(join(directory.path, DATABASE_FILE))
    const empty = (): void => void emptied.push(other.prepare('pragma wal_checkpoint(truncate)').get())
    await using opened = await openAtOnce(directory.path, empty)
    const { engine, database } = opened
    database.exec(NOTE)
    expect(await engine.look(countNotes)).toEqual([[1]])
    await engine.batch([{ sql: "update meta set value = '' where name = 'note'", parameters: [], affects: 1 }])
    expect(emptied).toMatchObject([{ busy: 0 }])
    other.close()
  })

  test('see each commit once it is acknowledged, and none before it is made', async () => {
    await using directory = await temporaryDirectory()
    const store = await open(directory.path)
    for (let turn = 0; turn < 200; turn += 1) {
      const client = newClient()
      await put(store, { kind: 'client.put', client })
      expect(await store.clients.byId(client.id)).toEqual(client)
    }
    const other = new DatabaseSync(join(directory.path, DATABASE_FILE))
    other.exec("begin immediate; update clients set name = 'not committed'")
    const { rows } = await store.clients.page({ first: 100, after: null })
    const found = await store.clients.byIds(rows.map(({ id }) => id))
    expect(found.filter((client) => client?.name === 'not committed')).toEqual([])
    other.exec('rollback')
    other.close()
    await store.close()
  })

  test('are compiled once, whatever number of rows they ask for', () => {
    const { sql } = createSqliteCompiler().selectFrom('meta').select('name').limit(1).compile()
    expect(lookedUpAgain(sql)).toBe(0)
    // Why that is not the text of Kysely.
    expect(lookedUpAgain('select "name" from "meta" limit ?')).toBeGreaterThan(0)
  })

  test('fail in the words of the thread that owns the file, and only once it is closed', async () => {
    await using directory = await temporaryDirectory()
    const engine = await openEmbeddedEngine({ directory: directory.path, lockWaitMs: 0 })
    const nothing = { sql: 'select nothing from nowhere', parameters: [] }
    const fault = await engine.look(nothing).catch((error: unknown) => error as GatewayError)
    expect(fault).toMatchObject({ code: 'INTERNAL' })
    expect(String((fault as GatewayError).cause)).toContain('syntax error')
    const number = { sql: 'select count(*) from clients', parameters: [] }
    expect(await engine.look(number)).toEqual([[0]])
    const closing = engine.close()
    await expect(engine.look(number)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await closing
  })
})
