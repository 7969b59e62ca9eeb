import { describe } from 'vitest'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { hasPostgres, startPostgres } from '../store/postgres-server.ts'
import { storeOptions } from '../store/postgres-store.ts'
import { describeStatementKeys } from './statement-keys-suite.ts'

describe.skipIf(!hasPostgres)('a server', () => {
  describeStatementKeys('PostgreSQL', async () => {
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
