import { Client, type ClientConfig } from 'pg'
import { GatewayError } from '../../domain/errors.ts'
import type { Sealer } from '../../domain/sealing.ts'
import {
  describeAddress,
  type PostgresAddress,
  type PostgresTimeouts,
  runStatement,
  toClientConfig,
} from '../postgres/connection.ts'
import { createPostgresCompiler } from '../postgres/dialect.ts'
import { reasonOf } from '../postgres/fault.ts'
import { OLDEST_VERSION } from '../postgres/open-postgres-store.ts'
import { readStore, type StoreReading } from './reading.ts'

export interface ServerReading {
  readonly version: string
  readonly isSupported: boolean
  /** A standby, or a session that may only read. */
  readonly isReadOnly: boolean
  readonly isEncrypted: boolean
  /** May the role make tables, and call what tells one server from another? */
  readonly lackedRights: readonly string[]
  /** Switched off of what makes a commit durable. */
  readonly lackedDurability: readonly string[]
  /** Whether a session has the time limits that it asks for: a pooler may drop them. */
  readonly keepsTimeouts: boolean
  /** Of sessions that ask for none: a transaction that they leave open holds back events. */
  readonly endsIdleTransactions: boolean
  /** How long ago the oldest transaction of others began that writes, in milliseconds; null where none is open. */
  readonly oldestTransactionMs: number | null
  readonly freeConnections: number
  /** By how much the server's clock is ahead of this process's, in milliseconds, and how wrong that may be. */
  readonly clockAheadMs: number
  readonly clockUncertaintyMs: number
}

export interface PostgresInspection {
  readonly address: string
  readonly server: ServerReading
  readonly reading: StoreReading
}

const SERVER = `
  select
    current_setting('server_version') as version,
    current_setting('server_version_num')::integer as version_number,
    pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean as read_only,
    coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted,
    has_schema_privilege(current_schema(), 'create') as may_create,
    has_function_privilege('pg_control_system()', 'execute') as may_identify,
    has_function_privilege('pg_walfile_name(pg_lsn)', 'execute') as may_name_log,
    current_setting('fsync')::boolean as fsync,
    current_setting('synchronous_commit') <> 'off' as synchronous_commit,
    current_setting('idle_in_transaction_session_timeout') <> '0' as ends_idle,
    (select extract(epoch from max(clock_timestamp() - xact_start)) * 1000 from pg_stat_activity
      where backend_xid is not null and pid <> pg_backend_pid())::float8 as oldest_ms,
    current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
      - (select count(*) from pg_stat_activity where backend_type = 'client backend')::integer as free_connections,
    to_regclass('kysely_migration') is not null as has_tables`

interface ServerRow {
  readonly version: string
  readonly version_number: number
  readonly read_only: boolean
  readonly encrypted: boolean
  readonly may_create: boolean | null
  readonly may_identify: boolean
  readonly may_name_log: boolean
  readonly fsync: boolean
  readonly synchronous_commit: boolean
  readonly ends_idle: boolean
  readonly oldest_ms: number | null
  readonly free_connections: number
  readonly has_tables: boolean
}

const TIMEOUTS = `
  select
    extract(epoch from current_setting('statement_timeout')::interval) * 1000 as statement_ms,
    extract(epoch from current_setting('idle_in_transaction_session_timeout')::interval) * 1000 as idle_ms`

const namesOf = (lacked: Readonly<Record<string, boolean>>): readonly string[] =>
  Object.entries(lacked).flatMap(([name, isLacked]) => (isLacked ? [name] : []))

/** Ends with `use`, or at once with the signal. */
const withClient = async <Result>(
  config: ClientConfig,
  signal: AbortSignal,
  use: (client: Client) => Promise<Result>,
): Promise<Result> => {
  const client = new Client(config)
  // A connection that breaks rejects the query, too.
  client.on('error', () => undefined)
  const end = (): void => void client.end().catch(() => undefined)
  signal.addEventListener('abort', end)
  try {
    await client.connect()
    return await use(client)
  } finally {
    signal.removeEventListener('abort', end)
    end()
  }
}

const one = async <Row extends object>(client: Client, query: string): Promise<Row> => {
  const { rows } = await client.query<Row>(query)
  const [row] = rows
  if (row === undefined) throw new Error('The server answered nothing.')
  return row
}

const readClock = async (client: Client): Promise<Pick<ServerReading, 'clockAheadMs' | 'clockUncertaintyMs'>> => {
  const askedAt = Date.now()
  const { ms } = await one<{ ms: number }>(client, 'select extract(epoch from clock_timestamp())::float8 * 1000 as ms')
  const roundTripMs = Date.now() - askedAt
  return { clockAheadMs: Math.round(ms - askedAt - roundTripMs / 2), clockUncertaintyMs: Math.ceil(roundTripMs / 2) }
}

const keepsTimeouts = (config: ClientConfig, timeouts: PostgresTimeouts, signal: AbortSignal): Promise<boolean> =>
  withClient(config, signal, async (client) => {
    const { statement_ms: statementMs, idle_ms: idleMs } = await one<{ statement_ms: string; idle_ms: string }>(
      client,
      TIMEOUTS,
    )
    return Number(statementMs) === timeouts.statementTimeoutMs && Number(idleMs) === timeouts.idleInTransactionTimeoutMs
  })

/**
 * Asks the server and reads a few rows. Changes nothing.
 *
 * @throws GatewayError STORE_UNAVAILABLE where it cannot be asked
 */
export const inspectPostgresStore = async (
  options: PostgresAddress & PostgresTimeouts,
  sealer: Sealer | null,
  signal: AbortSignal,
): Promise<PostgresInspection> => {
  const address = describeAddress(options.url)
  const configured = toClientConfig(options, options)
  const { statement_timeout: _, idle_in_transaction_session_timeout: __, ...plain } = configured
  try {
    const server = await withClient(plain, signal, async (client) => {
      const row = await one<ServerRow>(client, SERVER)
      const query = async (statement: Parameters<typeof runStatement>[1]) =>
        (await runStatement(client, statement)).rows
      const reading = await readStore({ sql: createPostgresCompiler(), query }, row.has_tables, sealer)
      return { row, reading, clock: await readClock(client) }
    })
    const { row, reading, clock } = server
    return {
      address,
      reading,
      server: {
        version: row.version,
        isSupported: row.version_number >= OLDEST_VERSION,
        isReadOnly: row.read_only,
        isEncrypted: row.encrypted,
        lackedRights: namesOf({
          'create in its schema': row.may_create !== true,
          'execute pg_control_system()': !row.may_identify,
          'execute pg_walfile_name()': !row.may_name_log,
        }),
        lackedDurability: namesOf({ fsync: !row.fsync, synchronous_commit: !row.synchronous_commit }),
        keepsTimeouts: await keepsTimeouts(configured, options, signal),
        endsIdleTransactions: row.ends_idle,
        oldestTransactionMs: row.oldest_ms,
        freeConnections: row.free_connections,
        ...clock,
      },
    }
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw new GatewayError('STORE_UNAVAILABLE', {
      message: `PostgreSQL at ${address} cannot be used: ${reasonOf(error)}`,
      cause: error,
    })
  }
}
