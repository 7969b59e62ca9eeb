import type { Config } from './config.ts'
import type { Sealer, Store } from './domain/store.ts'
import { openEmbeddedStore } from './store/embedded/open-embedded-store.ts'
import { openKeyRing } from './store/key-ring.ts'
import { openPostgresStore } from './store/postgres/open-postgres-store.ts'
import { createSealer, type KeyRing } from './store/sealing.ts'

/** What everything that works on the stored data stands on. */
export interface Foundation {
  /** The first seals, all open. */
  readonly keys: KeyRing
  readonly store: Store
}

const openKeys = (config: Config): Promise<KeyRing> =>
  openKeyRing({
    dataDir: config.store.dataDir,
    configuredKeys: (config.store.encryptionKeys ?? []).map(({ id, key }) => ({ id, key: key.export() })),
  })

const openStore = ({ store: { dataDir, database } }: Config, sealer: Sealer): Promise<Store> =>
  database === null ? openEmbeddedStore({ directory: dataDir, sealer }) : openPostgresStore({ ...database, sealer })

/** @throws whatever keeps the keys or the store from opening; nothing is left open then */
export const openFoundation = async (config: Config): Promise<Foundation> => {
  const keys = await openKeys(config)
  return { keys, store: await openStore(config, createSealer(keys)) }
}
