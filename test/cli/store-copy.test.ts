import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { openKeyRing } from '../../src/store/key-ring.ts'
import { createSealer } from '../../src/store/sealing.ts'
import { temporaryDirectory } from '../store/directory.ts'
import { settleConsent } from '../store/entities.ts'
import { hasPostgres, startPostgres } from '../store/postgres-server.ts'
import { askCli, runCli } from './cli-process.ts'

test('says what is missing, and makes nothing', async () => {
  await using directory = await temporaryDirectory()
  const env = { CONSENTGRAPH_DATA_DIR: directory.path }
  expect(await runCli(['store', 'copy'], env)).toEqual({
    code: 1,
    out: '',
    error: 'consentgraph: DATABASE_URL is missing. Set it to the empty database to move to.\n',
  })
  const { code, error } = await runCli(['store', 'copy'], {
    ...env,
    DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/x',
  })
  expect(code).toBe(1)
  expect(error).toMatch(/^consentgraph: There is no embedded store in .* Set CONSENTGRAPH_DATA_DIR/)
  expect(await readdir(directory.path)).toEqual([])
})

test.skipIf(!hasPostgres)('moves a store with the key of its directory, and says how to go on', async () => {
  await using directory = await temporaryDirectory()
  await using server = await startPostgres()
  const dataDir = join(directory.path, 'data')
  await mkdir(dataDir)
  const keys = await openKeyRing({ dataDir, configuredKeys: [] })
  const store = await openEmbeddedStore({ directory: dataDir, sealer: createSealer(keys) })
  await settleConsent(store, { secrets: { jwt: 'a.b.c' } })
  await store.close()

  const env = { CONSENTGRAPH_DATA_DIR: dataDir, DATABASE_URL: await server.createDatabase() }
  const { code, out, error } = await runCli(['store', 'copy'], env)
  expect({ code, error }).toEqual({ code: 0, error: '' })
  expect(out).toMatch(/^consents +1 +[0-9a-f]{16}$/m)
  expect(out).toContain(`CONSENTGRAPH_ENCRYPTION_KEYS=${keys[0].id}:`)
  expect(out).not.toContain((await readFile(join(dataDir, 'encryption.key'), 'utf8')).trim())
  expect(await askCli(['store', 'copy'], env)).toMatchObject({ outcome: 'VERIFIED', keyIds: [keys[0].id] })
})
