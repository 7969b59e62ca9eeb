import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openKeyRing } from '../../src/store/key-ring.ts'
import { describeEndedSessions, type RawSession } from './ended-sessions-suite.ts'

describeEndedSessions('the embedded store', async () => ({
  env: {},
  rows: async (dataDir) => {
    using database = new DatabaseSync(join(dataDir, 'consentgraph.db'))
    return database.prepare('select id, state from auth_sessions').all() as unknown as readonly RawSession[]
  },
  keys: (dataDir) => openKeyRing({ dataDir, configuredKeys: [] }),
  [Symbol.asyncDispose]: async () => {},
}))
