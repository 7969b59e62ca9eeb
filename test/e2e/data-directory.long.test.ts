import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { openFoundation } from '../../src/foundation.ts'
import { temporaryDirectory } from '../store/directory.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '../store/postgres-server.ts'

describe.skipIf(!hasPostgres)('a key file, with the data on a server', () => {
  let server: PostgresServer

  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('is made for an empty database, and not for one that another key has sealed', async () => {
    await using directory = await temporaryDirectory()
    const url = await server.createDatabase()
    const configOf = (name: string) =>
      loadConfig({ DATABASE_URL: url, CONSENTGRAPH_DATA_DIR: join(directory.path, name) })
    const first = await openFoundation(configOf('one'), 'GATEWAY')
    await first.store.close()
    expect(await readdir(join(directory.path, 'one'))).toEqual(['encryption.key'])

    await expect(openFoundation(configOf('two'), 'GATEWAY')).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringMatching(/two\/encryption\.key is missing.*CONSENTGRAPH_ENCRYPTION_KEYS/),
    })
    expect(await readdir(join(directory.path, 'two'))).toEqual([])
    const again = await openFoundation(configOf('one'), 'GATEWAY')
    await again.store.close()
  })
})
