import type { Config } from './config.ts'
import type { Sealer, Store } from './domain/store.ts'
import { copyEmbeddedToPostgres, type StoreCopy } from './store/copy/copy-store.ts'
import { openEmbeddedStore } from './store/embedded/open-embedded-store.ts'
import { openKeyRing } from './store/key-ring.ts'
import type { PostgresAddress } from './store/postgres/connection.ts'
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

/** What was copied, and which keys it is sealed with. */
export interface StoreMove extends StoreCopy {
  readonly keyIds: readonly string[]
}

/**
 * Moves the embedded store of the configuration into its PostgreSQL.
 *
 * @throws GatewayError whose message says what to do
 */
export const moveToPostgres = async (config: Config, database: PostgresAddress): Promise<StoreMove> => {
  let keyIds: readonly string[] = []
  const copy = await copyEmbeddedToPostgres({
    directory: config.store.dataDir,
    openSealer: async () => {
      const keys = await openKeys(config)
      keyIds = keys.map(({ id }) => id)
      return createSealer(keys)
    },
    to: database,
  })
  return { ...copy, keyIds }
}
