import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { sealer, temporaryDirectory } from '../store/directory.ts'
import { describeStatementKeys } from './statement-keys-suite.ts'

describeStatementKeys('SQLite', async () => {
  const directory = await temporaryDirectory()
  const store = await openEmbeddedStore({ directory: directory.path, sealer })
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close()
      await directory[Symbol.asyncDispose]()
    },
  }
})
