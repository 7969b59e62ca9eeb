import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { DATABASE_FILE } from '../../src/store/embedded/files.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { sealer, temporaryDirectory } from './directory.ts'
import { newClient, newEvent, put, settleConsent } from './entities.ts'

const open = (directory: string, change: object = {}) => openEmbeddedStore({ directory, sealer, ...change })
const beside = (directory: string, change: object = {}) => open(directory, { beside: true, ...change })

/** Of a store that nobody has open. */
const changeMigrations = (directory: string, sql: string): void => {
  const database = new DatabaseSync(join(directory, DATABASE_FILE))
  database.exec(sql)
  database.close()
}

describe('a tool on the embedded store', () => {
  test('writes while a gateway owns it, each sees what the other wrote, and the gateway stays the owner', async () => {
    await using directory = await temporaryDirectory()
    const owner = await open(directory.path)
    const tool = await beside(directory.path)
    const [ofTool, ofOwner] = [newClient(), newClient()]
    await put(tool, { kind: 'client.put', client: ofTool })
    expect(await owner.clients.byKeyHash(ofTool.keyHash)).toEqual(ofTool)
    await put(owner, { kind: 'client.put', client: ofOwner })
    expect(await tool.clients.byId(ofOwner.id)).toEqual(ofOwner)
    await tool.close()
    await expect(open(directory.path, { lockWaitMs: 0 })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await put(owner, { kind: 'client.put', client: newClient() })
    await owner.close()
  })

  test('commits beside it under load, in one order of events', async () => {
    await using directory = await temporaryDirectory()
    const [owner, tool] = [await open(directory.path), await beside(directory.path)]
    const { consent } = await settleConsent(owner)
    const append = (store: typeof owner) =>
      Promise.all(
        Array.from({ length: 50 }, async () => {
          for (let count = 0; count < 4; count += 1)
            await put(store, { kind: 'event.append', event: newEvent(consent) })
        }),
      )
    await Promise.all([append(owner), append(tool)])
    const ids: string[] = []
    for (let after = null, more = true; more;) {
      const page = await owner.events.page('SYSTEM', {}, 100, after)
      ids.push(...page.rows.map(({ id }) => id))
      after = page.rows.at(-1)?.cursor ?? after
      more = page.hasNextPage
    }
    expect(new Set(ids).size).toBe(400)
    await tool.close()
    await owner.close()
  })

  test('takes no lease from the gateway', async () => {
    await using directory = await temporaryDirectory()
    const owner = await open(directory.path)
    const dueAt = new Date(0)
    await put(owner, { kind: 'job.schedule', job: { kind: 'REVOKE', subject: 'con_1' }, dueAt })
    const claim = { kinds: ['REVOKE'], dueBefore: new Date(), leaseMs: 60_000, limit: 10 } as const
    expect(await owner.jobs.claim(claim)).toHaveLength(1)
    const tool = await beside(directory.path)
    expect(await owner.jobs.claim(claim)).toEqual([])
    expect(await tool.jobs.claim(claim)).toEqual([])
    await tool.close()
    await owner.close()
  })

  test('makes the tables where there are none', async () => {
    await using directory = await temporaryDirectory()
    const tool = await beside(directory.path)
    const client = newClient()
    await put(tool, { kind: 'client.put', client })
    await tool.close()
    const gateway = await open(directory.path)
    expect(await gateway.clients.byId(client.id)).toEqual(client)
    await gateway.close()
  })

  test.each([
    ['earlier', `delete from kysely_migration where name = (select max(name) from kysely_migration)`],
    ['later', `insert into kysely_migration values ('9999-to-come', '2099-01-01')`],
  ])('leaves tables of another version alone, here a %s one', async (word, sql) => {
    await using directory = await temporaryDirectory()
    await (await open(directory.path)).close()
    changeMigrations(directory.path, sql)
    await expect(beside(directory.path)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(`${word} version`),
    })
  })
})
