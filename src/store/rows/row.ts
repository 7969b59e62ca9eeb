import type { Selectable } from 'kysely'
import type { Sealer } from '../../domain/sealing.ts'
import type { SqlRow } from '../engine.ts'
import { type SealedColumnOf, type SealedTable, toBinding } from '../sealed-columns.ts'

/** Every column of a table, in one order; the compiler holds the list complete. */
export const columnsOf = <Table>(columns: Readonly<Record<keyof Table & string, true>>): Columns<Table> =>
  Object.keys(columns) as (keyof Table & string)[]

export type Columns<Table> = readonly (keyof Table & string)[]

/** Puts the names back on values that were read in the order of `columns`. */
export const toRow = <Table>(columns: Columns<Table>, values: SqlRow): Selectable<Table> => {
  const row: Record<string, unknown> = {}
  for (const [index, column] of columns.entries()) row[column] = values[index]
  // The columns are every one of the table's, and both engines refuse a value of another type than the column's.
  return row as Selectable<Table>
}

/** The named columns of a row, or of a row of slots, which cannot be enumerated. */
export const pick = <Row extends object, Column extends keyof Row>(
  row: Row,
  columns: readonly Column[],
): Pick<Row, Column> => Object.fromEntries(columns.map((column) => [column, row[column]])) as Pick<Row, Column>

/** Only for ids and enumerations of ours: the column holds what a write of this store put there. */
// oxlint-disable-next-line no-unnecessary-type-parameters -- the place where it is put names the words
export const word = <Word extends string>(value: string): Word => value as Word

// oxlint-disable-next-line no-unnecessary-type-parameters -- as above
export const wordOrNull = <Word extends string>(value: string | null): Word | null => value as Word | null

/** Seals one column of one row. */
export interface ColumnSeal {
  seal(value: unknown, rowName: string): string
  open(sealed: string, rowName: string): string
}

export const sealColumn = <Table extends SealedTable>(
  sealer: Sealer,
  table: Table,
  column: SealedColumnOf<Table>,
): ColumnSeal => ({
  seal: (value, rowName) => sealer.seal(JSON.stringify(value), toBinding(table, rowName, column)),
  open: (sealed, rowName) => sealer.open(sealed, toBinding(table, rowName, column)),
})
