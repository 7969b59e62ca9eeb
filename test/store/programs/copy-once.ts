/** Moves a directory's store to PostgreSQL and says how that went. Arguments: directory, address. */
import { copyEmbeddedToPostgres } from '../../../src/store/copy/copy-store.ts'
import { sealer } from '../directory.ts'

const [directory = '', url = ''] = process.argv.slice(2)
const { outcome, tables } = await copyEmbeddedToPostgres({
  directory,
  openSealer: () => Promise.resolve(sealer),
  to: { url, tls: null },
})
console.log(JSON.stringify({ outcome, tables }))
