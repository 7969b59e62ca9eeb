import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { type ClientBase, type ClientConfig, type CustomTypesConfig, type QueryArrayConfig, types } from 'pg'
import type { SqlRow, Statement } from '../engine.ts'

export interface PostgresTls {
  /** PEM. Null: the authorities that Node trusts. */
  readonly ca: string | null
}

export interface PostgresAddress {
  /** `postgres://user:password@host:port/database` */
  readonly url: string
  /** The server's certificate is always checked. Null: not encrypted. */
  readonly tls: PostgresTls | null
}

export interface PostgresTimeouts {
  /** A statement that takes longer is cancelled. */
  readonly statementTimeoutMs: number
  /** A transaction that is left alone for longer is undone: it would hold back the event log for everybody. */
  readonly idleInTransactionTimeoutMs: number
}

/** Both to connect and to wait for a connection of the pool. */
const CONNECT_TIMEOUT_MS = 1_500
/** The server cancels first; this is for one that does not answer at all. */
const ANSWER_MARGIN_MS = 1_000

/** Of `int8` and `xid8`. */
const NUMBER_TYPES: ReadonlySet<number> = new Set([20, 5069])

/** Counts, positions, instants and transactions are far below 2^53. */
const NUMBERS: CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    // The driver's own signature answers by literal types of `oid`, and `any` for each.
    (NUMBER_TYPES.has(oid) ? Number : types.getTypeParser(oid, format)) as (value: string) => unknown,
}

export const toClientConfig = (
  { url, tls }: PostgresAddress,
  { statementTimeoutMs, idleInTransactionTimeoutMs }: PostgresTimeouts,
): ClientConfig => ({
  connectionString: url,
  ssl: tls === null ? false : toTlsOptions(url, tls),
  application_name: 'consentgraph',
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  keepAlive: true,
  statement_timeout: statementTimeoutMs,
  idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
  query_timeout: statementTimeoutMs + ANSWER_MARGIN_MS,
  types: NUMBERS,
})

/** Migrations may wait for each other, and may take long on many rows. */
export const toPatientClientConfig = (address: PostgresAddress): ClientConfig => {
  const { query_timeout: _, ...config } = toClientConfig(address, {
    statementTimeoutMs: 0,
    idleInTransactionTimeoutMs: 60_000,
  })
  return config
}

const toTlsOptions = (url: string, { ca }: PostgresTls) => {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  return {
    rejectUnauthorized: true,
    ...(ca !== null && { ca }),
    // Node compares the certificate with a name only where it is given one; the driver gives none for a bare address.
    ...(isIP(host) > 0 && { host }),
  }
}

/** Without user and password. */
export const describeAddress = (url: string): string => {
  const { host, pathname, searchParams } = new URL(url)
  return `${host || searchParams.get('host')}${pathname}`
}

const names = new Map<string, string>()
/** Each connection keeps what was named: the number of shapes is bounded by the code, this is for a mistake in it. */
const MAX_NAMES = 1_000

/** The server parses and plans a named statement once per connection. */
const nameOf = (text: string): string | undefined => {
  const known = names.get(text)
  if (known !== undefined || names.size >= MAX_NAMES) return known
  const name = createHash('sha256').update(text).digest('base64url')
  names.set(text, name)
  return name
}

export interface StatementAnswer {
  readonly rows: readonly SqlRow[]
  readonly changed: number
}

/** One at a time on one client. */
export const runStatement = async (client: ClientBase, { sql, parameters }: Statement): Promise<StatementAnswer> => {
  const name = nameOf(sql)
  const config: QueryArrayConfig = {
    text: sql,
    values: [...parameters],
    rowMode: 'array',
    ...(name !== undefined && { name }),
  }
  // The tables hold text, whole numbers and null, and nothing else.
  const { rows, rowCount } = await client.query<(string | number | null)[]>(config)
  return { rows, changed: rowCount ?? 0 }
}
