import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BINARIES, connect, hasPostgres, startPostgres } from '../store/postgres-server.ts'
import { liveAndStop } from './dump-suite.ts'
import { filesOf } from './leak-search.ts'

describe.skipIf(!hasPostgres)('whoever has the files of the server', () => {
  test(
    'has no secret: not in a table, not in a dead row, not in the log; a dump does not name who was erased',
    {
      timeout: 180_000,
    },
    async () => {
      await using stack = new AsyncDisposableStack()
      const server = stack.use(await startPostgres())
      const DATABASE_URL = await server.createDatabase()
      const { consentId, erasedName, find } = await liveAndStop(stack, { DATABASE_URL })

      const dump = execFileSync(join(BINARIES!, 'pg_dump'), [DATABASE_URL], { maxBuffer: 100_000_000 })
      expect(dump.includes(consentId)).toBe(true)
      expect(find(dump)).toEqual([])
      expect(dump.includes(erasedName)).toBe(false)

      await using connection = await connect(DATABASE_URL)
      await connection.client.query('checkpoint')
      await server.stop()
      const files = await filesOf(server.data)
      expect(files.some(({ file }) => file.includes('pg_wal'))).toBe(true)
      expect(files.some(({ bytes }) => bytes.includes(consentId))).toBe(true)
      for (const { file, bytes } of files) expect(find(bytes), file).toEqual([])
    },
  )
})
