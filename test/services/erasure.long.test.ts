import { afterAll, beforeAll, describe } from 'vitest'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import type { StoreHarness } from '../contract/store-suite.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '../store/postgres-server.ts'
import { storeOptions } from '../store/postgres-store.ts'
import { describeLateGrants } from './erasure-late-grants-suite.ts'
import { describeErasures } from './erasure-suite.ts'

describe.skipIf(!hasPostgres)('a server', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const open = async (): Promise<StoreHarness> => {
    const store = await openPostgresStore(storeOptions(await server.createDatabase()))
    return { store, [Symbol.asyncDispose]: () => store.close() }
  }
  describeErasures('PostgreSQL', open)
  describeLateGrants('PostgreSQL', open)
})
