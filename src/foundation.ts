import type { Config } from './config.ts'
import type { Sealer } from './domain/sealing.ts'
import type { Store } from './domain/store.ts'
import type { StoreCopy } from './store/copy/copy-store.ts'
import { prepareDataDirectory } from './store/data-directory.ts'
import { holdsSealedEmbedded, openEmbeddedStore } from './store/embedded/open-embedded-store.ts'
import { openKeyRing } from './store/key-ring.ts'
import type { PostgresAddress } from './store/postgres/connection.ts'
import { createSealer, type KeyRing } from './store/sealing.ts'

/** What everything that works on the stored data stands on. */
export interface Foundation {
  /** The first seals, all open. */
  readonly keys: KeyRing
  readonly store: Store
}

/** @param database where the sealed data are; null: in the data directory */
const openKeys = (
  { store: { dataDir, encryptionKeys } }: Config,
  database: Config['store']['database'],
): Promise<KeyRing> =>
  openKeyRing({
    dataDir,
    configuredKeys: (encryptionKeys ?? []).map(({ id, key }) => ({ id, key: key.export() })),
    holdsSealed: async () => {
      if (database === null) return holdsSealedEmbedded(dataDir)
      const { holdsSealedPostgres } = await import('./store/postgres/holds-sealed.ts')
      return await holdsSealedPostgres(database)
    },
  })

/** A replica that has its keys from the environment, and everything else on a server, may have no place to write to. */
const needsDirectory = ({ store: { database, encryptionKeys }, providers }: Config): boolean =>
  database === null || encryptionKeys === null || Object.values(providers).some(({ mode }) => mode === 'SANDBOX')

/** The driver of PostgreSQL is loaded where there is one. */
const openStore = async ({ store: { dataDir, database } }: Config, sealer: Sealer, beside: boolean): Promise<Store> => {
  if (database === null) return await openEmbeddedStore({ directory: dataDir, sealer, beside })
  const { openPostgresStore } = await import('./store/postgres/open-postgres-store.ts')
  return await openPostgresStore({ ...database, sealer, beside })
}

/**
 * @param role `TOOL` opens the store also while gateways run on it, and leaves tables of another version alone
 * @throws whatever keeps the keys or the store from opening; nothing is left open then
 */
export const openFoundation = async (config: Config, role: 'GATEWAY' | 'TOOL'): Promise<Foundation> => {
  if (needsDirectory(config)) await prepareDataDirectory(config.store.dataDir)
  const keys = await openKeys(config, config.store.database)
  return { keys, store: await openStore(config, createSealer(keys), role === 'TOOL') }
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
  const { copyEmbeddedToPostgres } = await import('./store/copy/copy-store.ts')
  let keyIds: readonly string[] = []
  const copy = await copyEmbeddedToPostgres({
    directory: config.store.dataDir,
    openSealer: async () => {
      const keys = await openKeys(config, null)
      keyIds = keys.map(({ id }) => id)
      return createSealer(keys)
    },
    to: database,
  })
  return { ...copy, keyIds }
}
