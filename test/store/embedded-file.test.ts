import { execFile, execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Store } from '../../src/domain/store.ts'
import { openEmbeddedEngine } from '../../src/store/embedded/engine.ts'
import { DATABASE_FILE } from '../../src/store/embedded/files.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { createSealer } from '../../src/store/sealing.ts'
import { createStore } from '../../src/store/store.ts'
import { sealer, temporaryDirectory } from './directory.ts'
import {
  at,
  newConsent,
  newErasure,
  newEvent,
  newLink,
  newObservation,
  newSession,
  newUser,
  put,
  settle,
  settleConsent,
} from './entities.ts'

const program = (name: string): string => join(import.meta.dirname, 'programs', name)
const run = promisify(execFile)
const PAGE_BYTES = 4_096

/** Reading a locked file from inside its process would drop the locks: another process does it. */
const bytesOf = (directory: string): string =>
  readdirSync(directory)
    .map((name) => execFileSync('cat', [join(directory, name)], { encoding: 'latin1', maxBuffer: 2 ** 28 }))
    .join('')

const withStore = async (directory: string, use: (store: Store) => Promise<void>): Promise<void> => {
  const store = await openEmbeddedStore({ directory, sealer })
  try {
    await use(store)
  } finally {
    await store.close()
  }
}

describe('the embedded store', () => {
  test('finds everything again after a stop, with the same cursors', async () => {
    await using directory = await temporaryDirectory()
    let found: Awaited<ReturnType<typeof settleConsent>> | undefined
    let head = ''
    await withStore(directory.path, async (store) => {
      found = await settleConsent(store, { secrets: { jwt: 'a.b.c' } })
      await put(store, { kind: 'event.append', event: newEvent(found.consent) })
      head = await store.events.head()
    })
    expect(readdirSync(directory.path).toSorted()).toEqual(['consentgraph.db', 'consentgraph.lock'])
    await withStore(directory.path, async (store) => {
      expect(await store.consents.byIds(found!.ofClient, [found!.consent.id])).toEqual([
        { ...found!.consent, seenAt: null },
      ])
      expect(await store.events.head()).toBe(head)
      expect((await store.events.page('SYSTEM', {}, 10, null)).rows).toHaveLength(1)
    })
  })

  test('keeps what was confirmed just before a stop', async () => {
    await using directory = await temporaryDirectory()
    let found: Awaited<ReturnType<typeof settleConsent>> | undefined
    await withStore(directory.path, async (store) => {
      found = await settleConsent(store)
      void store.confirm(newObservation(found.consent.id), at(7))
    })
    await withStore(directory.path, async (store) => {
      const { consent, ofClient } = found!
      expect(await store.consents.byIds(ofClient, [consent.id])).toMatchObject([{ seenAt: at(7) }])
      expect((await store.observations.page(ofClient, consent.id, 10, null)).rows).toHaveLength(1)
    })
  })

  test('refuses the cursors of another database', async () => {
    await using one = await temporaryDirectory()
    await using two = await temporaryDirectory()
    await withStore(one.path, (first) =>
      withStore(two.path, async (second) => {
        const cursor = await first.events.head()
        await expect(second.events.page('SYSTEM', {}, 10, cursor)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
        expect(() => second.events.compare(cursor, cursor)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
      }),
    )
  })

  test('keeps secrets, connector state and steps out of its files, open and closed', async () => {
    await using directory = await temporaryDirectory()
    const canary = 'canary-7f3a'
    await withStore(directory.path, async (store) => {
      const { user } = await settle(store)
      const consent = newConsent(user, { secrets: { jwt: canary }, institutionRef: 'readable-bank' })
      const session = newSession(consent, {
        state: { token: canary },
        nextStep: {
          id: 'stp_1',
          kind: 'REDIRECT',
          ref: 'r',
          title: 't',
          instructions: null,
          expiresAt: null,
          fallbackUrl: null,
          url: `https://bank.example/?token=${canary}`,
          popupAllowed: true,
          iframeAllowed: false,
        },
      })
      await put(
        store,
        { kind: 'consent.insert', consent },
        { kind: 'session.insert', session },
        { kind: 'link.insert', link: newLink(user, { user: { ref: 'readable-ref', secrets: { jwt: canary } } }) },
      )
      expect(bytesOf(directory.path)).toContain('readable-bank')
      expect(bytesOf(directory.path)).not.toContain(canary)
    })
    expect(bytesOf(directory.path)).toContain('readable-ref')
    expect(bytesOf(directory.path)).not.toContain(canary)
  })

  test('keeps nothing outside of its directory, however large a commit is', async () => {
    await using directory = await temporaryDirectory()
    await using elsewhere = await temporaryDirectory()
    const before = statSync(elsewhere.path, { bigint: true })
    const { stdout } = await run(process.execPath, [program('change-many-pages.ts'), directory.path], {
      // Where SQLite makes its temporary files, whose names it drops at once: what is left is that the directory was changed.
      env: { ...process.env, SQLITE_TMPDIR: elsewhere.path },
    })
    const kept = { committed: true }
    expect(JSON.parse(stdout)).toEqual([kept, kept, { committed: false, conflict: 'user.insert' }])
    expect(statSync(elsewhere.path, { bigint: true }).mtimeNs).toBe(before.mtimeNs)
  })

  test('is readable by its owner only', async () => {
    await using directory = await temporaryDirectory()
    const path = join(directory.path, 'fresh', 'data')
    await withStore(path, async (store) => {
      await settle(store)
      expect(statSync(path).mode & 0o777).toBe(0o700)
      expect(readdirSync(path)).toContain('consentgraph.db-wal')
      for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o777, name).toBe(0o600)
    })
  })

  test('names a lost key at start, and takes a rotated one', async () => {
    await using directory = await temporaryDirectory()
    await withStore(directory.path, async () => undefined)
    const fresh = { id: 'fresh', key: Buffer.alloc(32, 9) }
    const withoutOld = createSealer([fresh])
    await expect(openEmbeddedStore({ directory: directory.path, sealer: withoutOld })).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('CONSENTGRAPH_ENCRYPTION_KEYS'),
    })
    const rotated = createSealer([fresh, { id: 'test', key: Buffer.alloc(32, 7) }])
    await (await openEmbeddedStore({ directory: directory.path, sealer: rotated })).close()
    await (await openEmbeddedStore({ directory: directory.path, sealer: withoutOld })).close()
  })

  test('lets nobody else into its directory, and says what to do', async () => {
    await using directory = await temporaryDirectory()
    const refusal = { code: 'STORE_UNAVAILABLE', message: expect.stringContaining('Another process is using') }
    await withStore(directory.path, async (store) => {
      const second = openEmbeddedStore({ directory: directory.path, sealer, lockWaitMs: 50 })
      await expect(second).rejects.toMatchObject(refusal)
      const { stdout } = await run(process.execPath, [program('open-once.ts'), directory.path, '50'])
      expect(JSON.parse(stdout)).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      await settle(store)
    })
  })

  test('lets starters that race in one after another', async () => {
    await using directory = await temporaryDirectory()
    const starts = await Promise.all(
      Array.from({ length: 3 }, () => run(process.execPath, [program('open-once.ts'), directory.path, '15000'])),
    )
    const heads = starts.map(({ stdout }) => (JSON.parse(stdout) as { head: string }).head)
    expect(heads[0]).toEqual(expect.any(String))
    expect(new Set(heads).size).toBe(1)
  })

  test('starts after a kill inside its migrations, as if nothing had been', async () => {
    await using directory = await temporaryDirectory()
    const killed = run(process.execPath, [program('killed-migration.ts'), join(directory.path, DATABASE_FILE), '25'])
    await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL', stdout: '' })
    await withStore(directory.path, async (store) => {
      await settleConsent(store)
    })
  })

  test('gives leases of a former process back at once', async () => {
    await using directory = await temporaryDirectory()
    const job = { kind: 'REVOKE', subject: 'con_1' } as const
    const claim = { kinds: ['REVOKE'], dueBefore: at(), leaseMs: 600_000, limit: 1 } as const
    await withStore(directory.path, async (store) => {
      await put(store, { kind: 'job.schedule', job, dueAt: at() })
      expect(await store.jobs.claim(claim)).toHaveLength(1)
      expect(await store.jobs.claim(claim)).toHaveLength(0)
    })
    await withStore(directory.path, async (store) => {
      expect(await store.jobs.claim(claim)).toMatchObject([{ ...job, attempts: 2 }])
    })
  })

  test('refuses a file that is damaged, where it was not stopped cleanly', async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, DATABASE_FILE)
    await withStore(directory.path, async (store) => {
      const { client } = await settle(store)
      const users = Array.from({ length: 500 }, () =>
        newUser(client.id, { externalId: 'x'.repeat(50) + Math.random() }),
      )
      await put(store, ...users.map((user) => ({ kind: 'user.insert', user }) as const))
    })
    // Only pages that no start reads.
    const bytes = await readFile(file)
    for (let page = 0; page < bytes.length; page += PAGE_BYTES) {
      if (bytes.subarray(page, page + PAGE_BYTES).includes('x'.repeat(50))) bytes.fill(0xff, page, page + PAGE_BYTES)
    }
    await writeFile(file, bytes)
    await (await openEmbeddedStore({ directory: directory.path, sealer })).close()
    await writeFile(`${file}-wal`, 'left behind')
    await expect(openEmbeddedStore({ directory: directory.path, sealer })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('backup'),
    })
  })

  test('says why it cannot be opened', async () => {
    await using directory = await temporaryDirectory()
    const path = join(directory.path, 'a file')
    await writeFile(path, '')
    await expect(openEmbeddedStore({ directory: path, sealer })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('EEXIST'),
    })
    await writeFile(join(directory.path, DATABASE_FILE), 'not a database '.repeat(100))
    await expect(openEmbeddedStore({ directory: directory.path, sealer })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('backup'),
    })
  })

  test('forgets the name of an erased user, down to the bytes', async () => {
    await using directory = await temporaryDirectory()
    await withStore(directory.path, async (store) => {
      const { client, user } = await settle(store, { externalId: 'anna-canary-91c2' })
      await put(store, {
        kind: 'link.insert',
        link: newLink(user, { user: { ref: 'anna-canary-91c2', secrets: null } }),
      })
      await put(store, { kind: 'user.erase', clientId: client.id, userId: user.id, at: at(), erasure: newErasure() })
    })
    expect(bytesOf(directory.path)).not.toContain('anna-canary-91c2')
  })

  test('refuses commits while its disk is full, goes on reading, and works again afterwards', async () => {
    await using directory = await temporaryDirectory()
    const engine = await openEmbeddedEngine({ directory: directory.path, lockWaitMs: 0 })
    const store = await createStore(engine, sealer)
    const limitPages = (pages: number) => engine.query({ sql: `pragma max_page_count = ${pages}`, parameters: [] })
    const { client, ofClient } = await settle(store)
    // Of no effect below the present size, so that the file cannot grow.
    await limitPages(1)
    const acknowledged: string[] = []
    const insertUser = async (): Promise<void> => {
      const user = newUser(client.id, { externalId: `${acknowledged.length} ${'x'.repeat(2_000)}` })
      await put(store, { kind: 'user.insert', user })
      acknowledged.push(user.id)
    }
    const fill = async (): Promise<void> => {
      for (let count = 0; count < 1_000; count++) await insertUser()
    }
    const fault = { code: 'STORE_UNAVAILABLE', cause: { message: expect.stringContaining('full') } }
    await expect(fill()).rejects.toMatchObject(fault)
    const group = await Promise.allSettled([insertUser(), insertUser(), insertUser()])
    expect(group.map(({ status }) => status)).not.toContain('fulfilled')
    expect(await store.users.count(ofClient)).toBe(acknowledged.length + 1)
    await limitPages(1_000_000)
    await insertUser()
    expect(await store.users.count(ofClient)).toBe(acknowledged.length + 1)
    await store.close()
  })

  test('answers what was asked before it closes, and refuses what comes after', async () => {
    await using directory = await temporaryDirectory()
    const store = await openEmbeddedStore({ directory: directory.path, sealer })
    const { client, ofClient } = await settle(store)
    const commit = store.commit([{ kind: 'user.insert', user: newUser(client.id) }])
    const read = store.users.count(ofClient)
    const closed = store.close()
    const late = { code: 'STORE_UNAVAILABLE' }
    await expect(store.ping()).rejects.toMatchObject(late)
    await expect(store.commit([{ kind: 'user.insert', user: newUser(client.id) }])).rejects.toMatchObject(late)
    expect(await commit).toEqual({ committed: true })
    expect(await read).toBe(1)
    await Promise.all([closed, store.close()])
    await withStore(directory.path, async (again) => {
      expect(await again.users.count(ofClient)).toBe(2)
    })
  })
})
