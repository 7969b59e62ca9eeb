import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/domain/store.ts'
import { DATABASE_FILE } from '../../src/store/embedded/files.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { sealer, temporaryDirectory } from './directory.ts'
import { newEvent, put, settleConsent } from './entities.ts'
import { connect, hasPostgres, type PostgresServer, startPostgres } from './postgres-server.ts'
import { storeOptions } from './postgres-store.ts'

const PROGRAM = join(import.meta.dirname, 'programs/killed-migration.ts')
/** At most so many of these processes at once. */
const AT_ONCE = 3

interface Ended {
  readonly signal: string | null
  readonly printed: string
}

const runAndKill = (place: string, statement: number): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, place, String(statement)], (error, printed) => {
      resolve({ signal: error?.signal ?? null, printed })
    })
  })

const expectWorking = async (store: Store): Promise<void> => {
  const { consent, ofClient } = await settleConsent(store)
  const nudged = Promise.withResolvers<void>()
  using _ = store.onEvents(() => nudged.resolve())
  await put(store, { kind: 'event.append', event: newEvent(consent) })
  await nudged.promise
  expect((await store.events.page(ofClient, {}, 10, null)).rows).toHaveLength(1)
}

/**
 * Kills at each statement in turn, in a fresh place each time, and looks whether the next start works. Ends with the
 * first statement that there is none of; answers how many there were.
 */
const killAtEach = async (check: (statement: number) => Promise<Ended>): Promise<number> => {
  let statements = 0
  let left = true
  const work = async (): Promise<void> => {
    while (left) {
      const statement = statements
      statements += 1
      const { signal, printed } = await check(statement)
      if (printed === 'done\n') left = false
      else expect({ statement, signal }).toEqual({ statement, signal: 'SIGKILL' })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return statements
}

describe('a start that was killed before any of its statements is followed by one that works', () => {
  test('embedded', async () => {
    const killed = await killAtEach(async (statement) => {
      await using directory = await temporaryDirectory()
      const ended = await runAndKill(join(directory.path, DATABASE_FILE), statement)
      const store = await openEmbeddedStore({ directory: directory.path, sealer })
      await expectWorking(store)
      await store.close()
      return ended
    })
    expect(killed).toBeGreaterThan(30)
  })

  describe.skipIf(!hasPostgres)('PostgreSQL', () => {
    let server: PostgresServer
    beforeAll(async () => {
      server = await startPostgres()
    })
    afterAll(() => server[Symbol.asyncDispose]())

    test('each statement', async () => {
      const killed = await killAtEach(async (statement) => {
        const url = await server.createDatabase()
        const ended = await runAndKill(url, statement)
        const store = await openPostgresStore(storeOptions(url))
        await expectWorking(store)
        await store.close()
        return ended
      })
      expect(killed).toBeGreaterThan(30)
    })

    test('several that start at once all work, and make it once', async () => {
      for (let round = 0; round < 5; round += 1) {
        const url = await server.createDatabase()
        const stores = await Promise.all(Array.from({ length: 4 }, () => openPostgresStore(storeOptions(url))))
        const heads = await Promise.all(stores.map(({ events }) => events.head()))
        expect(new Set(heads).size).toBe(1)
        for (const store of stores) await expectWorking(store)
        await Promise.all(stores.map((store) => store.close()))
        await using connection = await connect(url)
        const { rows } = await connection.client.query(
          'select name, count(*)::int as times from kysely_migration group by name',
        )
        expect(rows.map(({ times }: { times: number }) => times)).not.toContain(2)
      }
    })
  })
})
