import { moveToPostgres } from '../foundation.ts'
import type { AddCommand } from './context.ts'
import { toTable } from './table.ts'

export const addStore: AddCommand = (program, context) => {
  const store = program.command('store').description('moves what is stored')
  store
    .command('copy')
    .description('moves the embedded store in CONSENTGRAPH_DATA_DIR into the empty database of DATABASE_URL')
    .action(async () => {
      const config = context.config()
      const { database, encryptionKeys, dataDir } = config.store
      if (database === null) throw new Error('DATABASE_URL is missing. Set it to the empty database to move to.')
      const { outcome, address, tables, keyIds } = await moveToPostgres(config, database)
      const rows = tables.map(({ table, rows: count, sum }) => [table, String(count), sum.slice(0, 16)])
      const [keyId] = keyIds
      context.answer(
        [
          toTable(['TABLE', 'ROWS', 'SAME ON BOTH SIDES'], rows),
          '',
          outcome === 'COPIED' ? `Moved to ${address}.` : `It was moved to ${address} before, and is the same there.`,
          ...(encryptionKeys === null
            ? [
                `Gateways need CONSENTGRAPH_ENCRYPTION_KEYS=${keyId}: with the contents of ${dataDir}/encryption.key behind it.`,
              ]
            : []),
        ].join('\n'),
        { outcome, address, tables, keyIds },
      )
    })
}
