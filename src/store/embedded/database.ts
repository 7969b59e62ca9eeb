import { DatabaseSync } from 'node:sqlite'
import type { SqlRow, SqlValue } from '../engine.ts'

/** All that the store uses of SQLite; another binding fits behind it. */
export interface SqliteDatabase {
  exec(sql: string): void
  prepare(sql: string): SqliteStatement
  close(): void
}

export interface SqliteStatement {
  run(parameters: readonly SqlValue[]): { readonly changes: number }
  all(parameters: readonly SqlValue[]): readonly SqlRow[]
  /** As `all`, by column name. */
  records(parameters: readonly SqlValue[]): readonly Readonly<Record<string, SqlValue>>[]
}

export interface OpenDatabaseOptions {
  /** How long a statement waits for a lock of somebody else. */
  readonly busyTimeoutMs: number
  /** Default: false. */
  readonly readOnly?: boolean
}

/** @param file an address may have SQLite's own parameters: https://sqlite.org/uri.html */
export const openDatabase = (
  file: string | URL,
  { busyTimeoutMs, readOnly = false }: OpenDatabaseOptions,
): SqliteDatabase => {
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs, readOnly, enableForeignKeyConstraints: true })
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => {
      const statement = database.prepare(sql)
      const all = (parameters: readonly SqlValue[], asArrays: boolean): unknown => {
        statement.setReturnArrays(asArrays)
        return statement.all(...parameters)
      }
      return {
        run: (parameters) => ({ changes: Number(statement.run(...parameters).changes) }),
        // The tables hold text, whole numbers and null, and nothing else.
        all: (parameters) => all(parameters, true) as SqlRow[],
        records: (parameters) => all(parameters, false) as Record<string, SqlValue>[],
      }
    },
    close: () => database.close(),
  }
}

/** SQLite's own number for what went wrong, with its extension in the upper bits; null for any other error. */
export const sqliteCode = (error: unknown): number | null =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null

/** The class of it: https://sqlite.org/rescode.html#primary_result_codes_versus_extended_result_codes. 0 for any other error. */
export const primaryCode = (error: unknown): number => (sqliteCode(error) ?? 0) & 0xff
