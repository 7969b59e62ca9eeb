import { enableCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'

/** @typedef {import('./protocol.ts').EmbeddedLocation & { readonly compiledCode: string | null }} Given */

/**
 * The thread begins here, with nothing else: what it keeps compiled is what is imported after this. JavaScript, for the reason
 * that `src/compile-cache.js` gives.
 */
const { compiledCode, ...location } = /** @type {Given} */ (workerData)
if (compiledCode !== null) enableCompileCache(compiledCode)
const { serve } = await import('./service.ts')
if (parentPort !== null) await serve(parentPort, location)
