import { enableCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type { EmbeddedLocation } from './protocol.ts'

/** The thread begins here, with nothing else: what it keeps compiled is what is imported after this. */
const { compiledCode, ...location } = workerData as EmbeddedLocation & { readonly compiledCode: string | null }
if (compiledCode !== null) enableCompileCache(compiledCode)
const { serve } = await import('./service.ts')
if (parentPort !== null) await serve(parentPort, location)
