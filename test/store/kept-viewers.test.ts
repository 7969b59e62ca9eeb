import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { createEmbeddedEngine, openEmbeddedEngine } from '../../src/store/embedded/engine.ts'
import { DATABASE_FILE } from '../../src/store/embedded/files.ts'
import type { Engine } from '../../src/store/engine.ts'
import { createStore } from '../../src/store/store.ts'
import { createUnchanged } from '../../src/store/unchanged.ts'
import { sealer, temporaryDirectory } from './directory.ts'
import { at, newClient, newErasure, newUser, next, put, settle } from './entities.ts'

const turn = () => new Promise(setImmediate)

/** A store with one user, how often it looked for what, and the file under it. */
const openCounted = async (directory: string) => {
  const engine = await openEmbeddedEngine({ directory, lockWaitMs: 0 })
  let looks = 0
  const counted: Engine = {
    ...engine,
    look: (statement) => {
      looks += 1
      return engine.look(statement)
    },
  }
  const store = await createStore(counted, sealer)
  const { client, user } = await settle(store, { externalId: 'anna' })
  const other = new DatabaseSync(join(directory, DATABASE_FILE))
  looks = 0
  return {
    store,
    client,
    user,
    other,
    find: () => store.clients.withUser(client.id, { userId: user.id }),
    looks: () => looks,
    [Symbol.asyncDispose]: async () => {
      other.close()
      await store.close()
    },
  }
}

describe('a client, and its user,', () => {
  test('are looked up once while nothing is committed, in however many turns', async () => {
    await using directory = await temporaryDirectory()
    await using opened = await openCounted(directory.path)
    const { store, client, user, find, looks } = opened
    const found = await find()
    expect(found).toEqual({ client, user })
    await turn()
    expect(await find()).toBe(found)
    expect(looks()).toBe(1)
    // Each name is a question of its own.
    expect(await store.clients.withUser(client.id, { externalId: 'anna' })).toEqual({ client, user })
    expect(looks()).toBe(2)
  })

  test('are looked up anew after any commit, in the turn in which it is acknowledged', async () => {
    await using directory = await temporaryDirectory()
    await using opened = await openCounted(directory.path)
    const { store, client, user, find, looks } = opened
    const found = await find()
    await put(store, { kind: 'client.put', client: newClient() })
    expect(await find()).toEqual(found)
    expect(looks()).toBe(2)

    const erasure = newErasure()
    await put(store, { kind: 'user.erasing', clientId: client.id, userId: user.id, erasure })
    expect((await find())?.user.erasure).toEqual(erasure)
    await put(store, { kind: 'client.update', client: next({ ...client, disabledAt: at(1) }) })
    expect((await find())?.client.disabledAt).toEqual(at(1))
  })

  test('are looked up anew after a commit of another process, a turn later', async () => {
    await using directory = await temporaryDirectory()
    await using opened = await openCounted(directory.path)
    const { user, other, find } = opened
    expect((await find())?.client.disabledAt).toBeNull()
    other.exec(`update clients set disabled_at = ${at(1).getTime()}`)
    await turn()
    expect((await find())?.client.disabledAt).toEqual(at(1))
    other.exec(`delete from users where id = '${user.id}'`)
    await turn()
    expect(await find()).toBeNull()
  })

  test('by the key of the client are looked up once, and anew after any commit', async () => {
    await using directory = await temporaryDirectory()
    await using opened = await openCounted(directory.path)
    const { store, client, looks } = opened
    const found = await store.clients.byKeyHash(client.keyHash)
    expect(found).toEqual(client)
    await turn()
    expect(await store.clients.byKeyHash(client.keyHash)).toBe(found)
    expect(looks()).toBe(1)
    await put(store, { kind: 'client.update', client: next({ ...client, keyHash: 'another key' }) })
    expect(await store.clients.byKeyHash(client.keyHash)).toBeNull()
    expect((await store.clients.byKeyHash('another key'))?.id).toBe(client.id)
  })

  test('that are not there are looked for each time', async () => {
    await using directory = await temporaryDirectory()
    await using opened = await openCounted(directory.path)
    const { store, client, looks } = opened
    const nobody = newUser(client.id)
    const find = () => store.clients.withUser(client.id, { userId: nobody.id })
    expect(await find()).toBeNull()
    await turn()
    expect(await find()).toBeNull()
    expect(looks()).toBe(2)
  })

  test('are refused once the store is closed or its thread has ended, however often they were found', async () => {
    await using directory = await temporaryDirectory()
    await (await openEmbeddedEngine({ directory: directory.path, lockWaitMs: 0 })).close()
    let end: (cause: unknown) => void = () => {}
    const none = { opened: Promise.resolve(), exited: Promise.resolve(), post: () => {}, onReplies: () => {} }
    const engine = await createEmbeddedEngine({ ...none, onEnd: (listener) => (end = listener) }, directory.path)
    const kept = createUnchanged<string>(engine, 10)
    const find = () =>
      kept.read('anna', async () => {
        await engine.look({ sql: 'select 1', parameters: [] })
        return 'found'
      })
    for (let time = 0; time < 2; time += 1) {
      expect(await find()).toBe('found')
      await turn()
    }
    end(new Error('The thread has ended.'))
    await expect(find()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await engine.close()

    await using another = await temporaryDirectory()
    await using opened = await openCounted(another.path)
    expect(await opened.find()).toEqual(await opened.find())
    const closing = opened.store.close()
    await expect(opened.find()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await closing
  })

  test('are found while a commit is under way, and as it left them at its end', async () => {
    await using directory = await temporaryDirectory()
    await using opened = await openCounted(directory.path)
    const { store, client, user, other, find } = opened
    expect((await find())?.client.name).toBe(client.name)
    // Whoever holds the write lock makes the thread that owns the file wait, as a slow disk does.
    other.exec('begin immediate')
    const commit = put(store, { kind: 'client.update', client: next({ ...client, name: 'Renamed' }) })
    await turn()
    expect(await find()).toEqual({ client, user })
    other.exec('rollback')
    await commit
    expect((await find())?.client.name).toBe('Renamed')
  })
})
