import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { describe } from 'vitest'
import { hasPostgres, startPostgres } from '../store/postgres-server.ts'
import { describeEndedSessions, type RawSession } from './ended-sessions-suite.ts'

describe.skipIf(!hasPostgres)('a server', () => {
  describeEndedSessions('PostgreSQL', async () => {
    const server = await startPostgres()
    const url = await server.createDatabase()
    const key = randomBytes(32)
    return {
      env: { DATABASE_URL: url, CONSENTGRAPH_ENCRYPTION_KEYS: `test:${key.toString('base64')}` },
      rows: async () => {
        const client = new Client({ connectionString: url })
        await client.connect()
        const { rows } = await client.query<RawSession>('select id, state from auth_sessions')
        await client.end()
        return rows
      },
      keys: async () => [{ id: 'test', key }],
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
  })
})
