import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { EventCursor } from '../../src/domain/event.ts'
import type { Store } from '../../src/domain/store.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { sealer, temporaryDirectory } from '../store/directory.ts'
import { newEvent, put, settleConsent } from '../store/entities.ts'
import { BINARIES, startPostgres } from '../store/postgres-server.ts'
import { storeOptions } from '../store/postgres-store.ts'
import { blocksOf } from './markdown.ts'

const ROOT = join(import.meta.dirname, '../..')
const [move, backUpFile, restoreFile, dump, restoreDump, renameLog, ...others] = blocksOf(
  readFileSync(join(ROOT, 'docs/operations.md'), 'utf8'),
)

const run = (block: { readonly text: string } | undefined, cwd: string, env: Record<string, string>): void => {
  const path = [join(ROOT, 'node_modules/.bin'), BINARIES ?? '', process.env['PATH']].join(':')
  execFileSync('bash', ['-euo', 'pipefail', '-c', block!.text], { cwd, env: { PATH: path, ...env }, stdio: 'pipe' })
}

/** A consent and two events, which a backup holds. */
const fill = async (store: Store) => {
  const { consent } = await settleConsent(store)
  const append = () => put(store, { kind: 'event.append', event: newEvent(consent) })
  await append()
  await append()
  return { consent, append }
}

const countEvents = async (store: Store, after: EventCursor | null = null): Promise<number> =>
  (await store.events.page('SYSTEM', {}, 100, after)).rows.length

test('each command of the page is one of these', () => {
  expect([move, backUpFile, restoreFile, dump, restoreDump, renameLog].map((block) => block?.language)).toEqual(
    Array.from({ length: 6 }, () => 'bash'),
  )
  expect(others).toEqual([])
})

test.skipIf(BINARIES === undefined)('the embedded store is moved to PostgreSQL', async () => {
  await using directory = await temporaryDirectory()
  await using server = await startPostgres()
  const keys = `test:${Buffer.alloc(32, 7).toString('base64')}`
  const store = await openEmbeddedStore({ directory: directory.path, sealer })
  const { consent } = await fill(store)
  const cursor = (await store.events.page('SYSTEM', {}, 1, null)).rows[0]!.cursor
  await store.close()

  const url = await server.createDatabase()
  run(move, ROOT, { CONSENTGRAPH_DATA_DIR: directory.path, DATABASE_URL: url, CONSENTGRAPH_ENCRYPTION_KEYS: keys })
  const moved = await openPostgresStore(storeOptions(url))
  expect(await moved.consents.byIds('SYSTEM', [consent.id])).toMatchObject([{ id: consent.id }])
  expect(await countEvents(moved, cursor)).toBe(1)
  await moved.close()
})

test('the embedded store is copied while it runs, and restored with another log', async () => {
  await using directory = await temporaryDirectory()
  const [from, to] = [join(directory.path, 'from'), join(directory.path, 'to')]
  const store = await openEmbeddedStore({ directory: from, sealer })
  const { consent, append } = await fill(store)
  run(backUpFile, directory.path, { CONSENTGRAPH_DATA_DIR: from })
  await append()
  const cursor = await store.events.head()
  await store.close()

  run(restoreFile, directory.path, { CONSENTGRAPH_DATA_DIR: to })
  const restored = await openEmbeddedStore({ directory: to, sealer })
  expect(await restored.consents.byIds('SYSTEM', [consent.id])).toMatchObject([{ id: consent.id }])
  await put(restored, { kind: 'event.append', event: newEvent(consent) })
  expect(await countEvents(restored)).toBe(3)
  await expect(countEvents(restored, cursor)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  await restored.close()
})

describe.skipIf(BINARIES === undefined || !existsSync(join(BINARIES, 'pg_dump')))('PostgreSQL', () => {
  test('is dumped while it is used, and restored with another log', async () => {
    await using directory = await temporaryDirectory()
    await using server = await startPostgres()
    const [from, to] = [await server.createDatabase(), await server.createDatabase()]
    const store = await openPostgresStore(storeOptions(from))
    const { consent, append } = await fill(store)
    run(dump, directory.path, { DATABASE_URL: from })
    await append()
    const cursor = await store.events.head()
    await store.close()

    run(restoreDump, directory.path, { DATABASE_URL: to })
    const restored = await openPostgresStore(storeOptions(to))
    expect(await restored.consents.byIds('SYSTEM', [consent.id])).toMatchObject([{ id: consent.id }])
    await put(restored, { kind: 'event.append', event: newEvent(consent) })
    expect(await countEvents(restored)).toBe(3)
    await expect(countEvents(restored, cursor)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await restored.close()
  })

  test('gets another log when it is told to', async () => {
    await using server = await startPostgres()
    const url = await server.createDatabase()
    const store = await openPostgresStore(storeOptions(url))
    await fill(store)
    const cursor = await store.events.head()
    await store.close()
    const again = await openPostgresStore(storeOptions(url))
    expect(await countEvents(again, cursor)).toBe(0)
    await again.close()

    run(renameLog, ROOT, { DATABASE_URL: url })
    const renamed = await openPostgresStore(storeOptions(url))
    await expect(countEvents(renamed, cursor)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(await countEvents(renamed)).toBe(2)
    await renamed.close()
  })
})
