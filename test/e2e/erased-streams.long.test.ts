import { randomBytes } from 'node:crypto'
import { test } from 'vitest'
import { hasPostgres, startPostgres } from '../store/postgres-server.ts'
import { expectStreamsToEnd } from './erased-streams.ts'
import { startGateway } from './gateway-process.ts'

test.skipIf(!hasPostgres)('an erasure at one replica ends the sockets and streams at another', async () => {
  await using server = await startPostgres()
  const env = {
    DATABASE_URL: await server.createDatabase(),
    CONSENTGRAPH_ENCRYPTION_KEYS: `a:${randomBytes(32).toString('base64')}`,
    CONSENTGRAPH_API_KEY: 'shared-by-both',
  }
  await using asked = await startGateway({ env })
  await using followed = await startGateway({ env })
  await expectStreamsToEnd(asked, followed)
})
