import { Client, escapeIdentifier } from 'pg'
import { GatewayError } from '../../domain/errors.ts'
import type { SqlRow } from '../engine.ts'
import { describeAddress, type PostgresAddress, toPatientClientConfig } from '../postgres/connection.ts'
import { reasonOf } from '../postgres/fault.ts'
import { WRITTEN_BY } from '../postgres/log-identity.ts'
import { bringUpToDate } from '../postgres/open-postgres-store.ts'
import type { SourceTable } from './source.ts'

export interface CopyTarget {
  /** Without user and password. */
  readonly address: string
  /** The log's name; that of the source where a copy was made before. */
  epoch(): Promise<string | null>
  /** Names of the tables that hold anything of anybody. */
  filled(tables: readonly SourceTable[]): Promise<readonly string[]>
  insert(table: SourceTable, rows: readonly SqlRow[]): Promise<void>
  /** Makes new keys come after all that were ever given. */
  advance(table: SourceTable): Promise<void>
  rows(table: SourceTable): AsyncIterable<readonly SqlRow[]>
  commit(): Promise<void>
  /** Undoes everything that was not committed. */
  close(): Promise<void>
}

const BATCH_ROWS = 500
/** What the server itself keeps about a commit, for rows that no transaction of its own wrote: before all that will. */
const BEFORE_ALL: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  events: { timeline: '0', xid: `'0'` },
  auth_sessions: { changed_in: `'0'` },
}

/**
 * Everything happens in one transaction, which keeps gateways from writing.
 *
 * @throws GatewayError STORE_UNAVAILABLE; the message says what to do
 */
export const openCopyTarget = async (to: PostgresAddress): Promise<CopyTarget> => {
  const address = describeAddress(to.url)
  const client = new Client(toPatientClientConfig(to))
  // A connection that ends shows at the next statement.
  client.on('error', () => undefined)
  const run = async (text: string, values: readonly unknown[] = []): Promise<readonly SqlRow[]> => {
    try {
      return (await client.query<SqlRow[number][]>({ text, values: [...values], rowMode: 'array' })).rows
    } catch (error) {
      throw new GatewayError('STORE_UNAVAILABLE', {
        message: `PostgreSQL at ${address} refused: ${reasonOf(error)}. Nothing was copied.`,
        cause: error,
      })
    }
  }
  try {
    await bringUpToDate(to, false)
    await client.connect()
    await client.query('begin isolation level read committed read write')
    await client.query('lock table meta in exclusive mode')
  } catch (error) {
    await client.end()
    throw new GatewayError('STORE_UNAVAILABLE', {
      message: `PostgreSQL at ${address} cannot be used: ${reasonOf(error)}`,
      cause: error,
    })
  }

  return {
    address,
    epoch: async () => {
      const [row] = await run(`select value from meta where name = 'epoch'`)
      return typeof row?.[0] === 'string' ? row[0] : null
    },
    filled: async (tables) => {
      const filled: string[] = []
      for (const { name } of tables) {
        await run(`lock table ${escapeIdentifier(name)} in exclusive mode`)
        if (name === 'meta') continue
        const [row] = await run(`select exists (select from ${escapeIdentifier(name)})::integer`)
        if (row?.[0] === 1) filled.push(name)
      }
      return filled
    },
    insert: async ({ name, columns }, rows) => {
      const added = BEFORE_ALL[name] ?? {}
      const width = columns.length
      const values = rows.map((_, row) => {
        const slots = columns.map((_column, column) => `$${row * width + column + 1}`)
        return `(${[...slots, ...Object.values(added)].join(', ')})`
      })
      const into = [...columns, ...Object.keys(added)].map(escapeIdentifier).join(', ')
      // The database has its own identity already; all of the source's takes its place.
      const instead = name === 'meta' ? 'on conflict (name) do update set value = excluded.value' : ''
      await run(`insert into ${escapeIdentifier(name)} (${into}) values ${values.join(', ')} ${instead}`, rows.flat())
    },
    advance: async ({ name, sequence }) => {
      if (sequence === null || sequence.last === 0) return
      await run('select setval(pg_get_serial_sequence($1, $2), $3)', [name, sequence.column, sequence.last])
    },
    async *rows({ name, columns }) {
      const list = columns.map(escapeIdentifier).join(', ')
      // The server's own mark is no part of what was moved.
      const where = name === 'meta' ? `where name <> '${WRITTEN_BY}'` : ''
      await run(`declare copied cursor for select ${list} from ${escapeIdentifier(name)} ${where}`)
      for (;;) {
        const rows = await run(`fetch ${BATCH_ROWS} from copied`)
        if (rows.length === 0) break
        yield rows
      }
      await run('close copied')
    },
    commit: async () => {
      try {
        await client.query('commit')
      } catch (error) {
        throw new GatewayError('STORE_UNAVAILABLE', {
          message: `PostgreSQL at ${address} did not say whether it keeps the copy: ${reasonOf(error)}. Run this again.`,
          cause: error,
        })
      }
    },
    close: () => client.end(),
  }
}
