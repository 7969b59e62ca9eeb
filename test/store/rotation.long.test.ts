import { afterAll, beforeAll, describe } from 'vitest'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { createSealer } from '../../src/store/sealing.ts'
import { connect, hasPostgres, type PostgresServer, startPostgres } from './postgres-server.ts'
import { storeOptions } from './postgres-store.ts'
import { describeRotation } from './rotation-suite.ts'

describe.skipIf(!hasPostgres)('a server', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  describeRotation(
    'PostgreSQL',
    async () => {
      const url = await server.createDatabase()
      return {
        open: (ring) => openPostgresStore(storeOptions(url, { sealer: createSealer(ring) })),
        tamper: async (sql) => {
          await using connection = await connect(url)
          await connection.client.query(sql)
        },
        [Symbol.asyncDispose]: async () => undefined,
      }
    },
    true,
  )
})
