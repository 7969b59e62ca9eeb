import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import type { StoreHarness } from '../contract/store-suite.ts'
import { sealer, temporaryDirectory } from './directory.ts'

/** An embedded store in a directory of its own. */
export const openEmbedded = async (): Promise<StoreHarness> => {
  const directory = await temporaryDirectory()
  const store = await openEmbeddedStore({ directory: directory.path, sealer })
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close()
      await directory[Symbol.asyncDispose]()
    },
  }
}
