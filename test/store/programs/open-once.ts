/** Opens the store of a directory, says how that went, and leaves. Arguments: directory, lockWaitMs. */
import { GatewayError } from '../../../src/domain/errors.ts'
import { openEmbeddedStore } from '../../../src/store/embedded/open-embedded-store.ts'
import { sealer } from '../directory.ts'

const [directory = '', lockWaitMs = '0'] = process.argv.slice(2)
try {
  const store = await openEmbeddedStore({ directory, sealer, lockWaitMs: Number(lockWaitMs) })
  console.log(JSON.stringify({ head: await store.events.head() }))
  await store.close()
} catch (error) {
  if (!(error instanceof GatewayError)) throw error
  console.log(JSON.stringify({ code: error.code, message: error.message }))
}
