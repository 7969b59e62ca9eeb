import { describe } from 'vitest'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { describeStore } from '../contract/store-suite.ts'
import { hasPostgres, startPostgres } from './postgres-server.ts'
import { storeOptions } from './postgres-store.ts'

describe.skipIf(!hasPostgres)('a server', () => {
  describeStore('PostgreSQL', async () => {
    const server = await startPostgres()
    const store = await openPostgresStore(storeOptions(await server.createDatabase()))
    return {
      store,
      [Symbol.asyncDispose]: async () => {
        await store.close()
        await server[Symbol.asyncDispose]()
      },
    }
  })
})
