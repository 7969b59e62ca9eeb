import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { readFile, readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { rewrapAll } from '../../src/services/key-rotation.ts'
import { openEmbeddedEngine } from '../../src/store/embedded/engine.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { createStoreKeys } from '../../src/store/rewrap.ts'
import { createSealer } from '../../src/store/sealing.ts'
import { createStore } from '../../src/store/store.ts'
import { temporaryDirectory } from './directory.ts'
import { next, put, settleConsent } from './entities.ts'
import { describeRotation } from './rotation-suite.ts'

describeRotation(
  'the embedded engine',
  async () => {
    const directory = await temporaryDirectory()
    return {
      open: (ring) => openEmbeddedStore({ directory: directory.path, sealer: createSealer(ring) }),
      tamper: async (sql) => {
        const file = new DatabaseSync(join(directory.path, 'consentgraph.db'))
        file.exec(sql)
        file.close()
      },
      [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
    }
  },
  false,
)

test('a value that was written between the reading and the moving of it stays as it was written', async () => {
  await using directory = await temporaryDirectory()
  const [oldKey, newKey] = [1, 2].map((byte) => ({ id: `key-${byte}`, key: Buffer.alloc(32, byte) }))
  const before = await openEmbeddedStore({ directory: directory.path, sealer: createSealer([oldKey!]) })
  const { consent } = await settleConsent(before, { secrets: { jwt: 'first' } })
  await before.close()

  const engine = await openEmbeddedEngine({ directory: directory.path, lockWaitMs: 5_000 })
  const sealer = createSealer([newKey!, oldKey!])
  const store = await createStore(engine, sealer)
  const keys = createStoreKeys(
    {
      ...engine,
      batch: async (statements) => {
        await put(store, { kind: 'consent.update', consent: next(consent, { secrets: { jwt: 'second' } }) })
        return await engine.batch(statements)
      },
    },
    sealer,
  )
  for await (const { moved } of keys.rewrap(10)) {
    expect(moved).toBe(1)
    break
  }
  expect(await store.consents.byIds('SYSTEM', [consent.id])).toMatchObject([{ secrets: { jwt: 'second' } }])
  await store.close()
})

test('what the old key wrapped is nowhere in the files afterwards: not in a free page, not in the log', async () => {
  await using directory = await temporaryDirectory()
  const keys = ['retired', 'fresh'].map((id, index) => ({ id, key: Buffer.alloc(32, index) })) as [
    { id: string; key: Buffer },
    { id: string; key: Buffer },
  ]
  const first = await openEmbeddedStore({ directory: directory.path, sealer: createSealer([keys[0]]) })
  for (let index = 0; index < 20; index += 1) await settleConsent(first, { secrets: { jwt: 'x'.repeat(3000) } })
  await first.close()
  const bytes = async (): Promise<string> => {
    const names = await readdir(directory.path)
    return (await Promise.all(names.map((name) => readFile(join(directory.path, name), 'latin1')))).join('')
  }
  expect(await bytes()).toContain('s1.retired.')
  const second = await openEmbeddedStore({ directory: directory.path, sealer: createSealer([keys[1], keys[0]]) })
  await rewrapAll(second.keys)
  await second.close()
  expect(await bytes()).toContain('s1.fresh.')
  expect(await bytes()).not.toContain('s1.retired.')
})
