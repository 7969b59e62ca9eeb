import type { PostgresStoreOptions } from '../../src/store/postgres/open-postgres-store.ts'
import { sealer } from './directory.ts'

/** As configured by default, on a server without TLS. */
export const storeOptions = (url: string, change: Partial<PostgresStoreOptions> = {}): PostgresStoreOptions => ({
  url,
  sealer,
  tls: null,
  poolSize: 10,
  statementTimeoutMs: 5_000,
  idleInTransactionTimeoutMs: 5_000,
  nudgePollMs: 250,
  ...change,
})
