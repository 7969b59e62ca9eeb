import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Sealer } from '../../domain/sealing.ts'
import type { Store } from '../../domain/store.ts'
import { DATABASE_FILE } from './files.ts'
import { startStoreThread } from './store-thread.ts'

/** A database is never there before the keys that it is sealed with. */
export const holdsSealedEmbedded = (directory: string): boolean => existsSync(join(directory, DATABASE_FILE))

export interface EmbeddedStoreOptions {
  /** Made where it is missing, readable by its owner only. One process at a time owns it. */
  readonly directory: string
  readonly sealer: Sealer
  /** How long to wait for another process to leave the directory, as in a restart. 5 seconds by default. */
  readonly lockWaitMs?: number
  /** For a tool: opens it even while a gateway runs on it, and leaves tables of another version alone. */
  readonly beside?: boolean
}

/**
 * SQLite in a thread of this process: nothing to install. What is committed survives a kill and a power cut.
 *
 * @throws GatewayError STORE_UNAVAILABLE where the directory is in use, damaged, not writable or
 * was moved to PostgreSQL, INTERNAL where the keys
 * are not the database's own; the message says what to do
 */
export const openEmbeddedStore = async ({
  directory,
  sealer,
  lockWaitMs = 5_000,
  beside = false,
}: EmbeddedStoreOptions): Promise<Store> => {
  const thread = startStoreThread({ directory, lockWaitMs, beside })
  // What speaks to it is loaded while it opens the file.
  const [{ createEmbeddedEngine }, { createStore }, { requireNotMoved }] = await Promise.all([
    import('./engine.ts'),
    import('../store.ts'),
    import('../moved.ts'),
  ])
  const engine = await createEmbeddedEngine(thread, directory)
  try {
    await requireNotMoved(engine)
    return await createStore(engine, sealer)
  } catch (error) {
    await engine.close()
    throw error
  }
}
