import type { Database } from './schema.ts'

interface SealedColumn<Table extends keyof Database = keyof Database> {
  readonly table: Table
  readonly column: string
  /** The primary key, by which all rows are gone through. */
  readonly key: readonly [string, ...string[]]
  /** With dots between their values they name the row, in what the value is bound to. */
  readonly name: readonly [string, ...string[]]
}

/** Every column that holds sealed values: what changes their key goes through these. */
export const SEALED_COLUMNS = [
  { table: 'consents', column: 'secrets', key: ['id'], name: ['id'] },
  { table: 'auth_sessions', column: 'next_step', key: ['id'], name: ['id'] },
  { table: 'auth_sessions', column: 'state', key: ['id'], name: ['id'] },
  { table: 'provider_links', column: 'secrets', key: ['user_id', 'provider'], name: ['user_id', 'provider'] },
  { table: 'webhook_endpoints', column: 'secrets', key: ['id'], name: ['id'] },
  { table: 'audit_lines', column: 'address', key: ['position'], name: ['address_mark'] },
] as const satisfies readonly SealedColumn[]

type Listed = (typeof SEALED_COLUMNS)[number]
export type SealedTable = Listed['table']
export type SealedColumnOf<Table extends SealedTable> = Extract<Listed, { readonly table: Table }>['column']

export const toRowName = (...name: readonly string[]): string => name.join('.')

/** What a sealed value is bound to, so that it opens nowhere else. */
export const toBinding = (table: string, rowName: string, column: string): string => `${table}/${rowName}/${column}`
