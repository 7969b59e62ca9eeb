import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { describeStore } from '../contract/store-suite.ts'
import { sealer, temporaryDirectory } from './directory.ts'

describeStore('SQLite', async () => {
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
