import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import type { StoreHarness } from '../contract/store-suite.ts'
import { sealer, temporaryDirectory } from '../store/directory.ts'
import { describeLateGrants } from './erasure-late-grants-suite.ts'
import { describeErasures } from './erasure-suite.ts'

const open = async (): Promise<StoreHarness> => {
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

describeErasures('SQLite', open)
describeLateGrants('SQLite', open)
