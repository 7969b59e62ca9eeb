import type { Selectable } from 'kysely'
import type { Sealer } from '../../domain/sealing.ts'
import type { SqlRow } from '../engine.ts'
import { type SealedColumnOf, type SealedTable, toBinding } from '../sealed-columns.ts'

/** Every column of a table, in one order; the compiler holds the list complete. */
export const columnsOf = <Table>(columns: Readonly<Record<keyof Table & string, true>>): Columns<Table> =>
  Object.keys(columns) as (keyof Table & string)[]

export type Columns<Table> = readonly (keyof Table & string)[]

/** Values under the names of their columns: a row is as cheap to make as an array, and only what is asked for is looked up. */
class NamedValues {
  readonly #values: SqlRow
  constructor(values: SqlRow) {
    this.#values = values
  }

  static under(columns: readonly string[]): typeof NamedValues {
    const Row = class extends NamedValues {}
    for (const [index, column] of columns.entries()) {
      Object.defineProperty(Row.prototype, column, {
        get(this: NamedValues) {
          return this.#values[index]
        },
      })
    }
    return Row
  }
}

/** By their columns, of which the code has a fixed number of lists. */
const rowsOf = new WeakMap<readonly string[], typeof NamedValues>()

/**
 * Puts the names back on values that were read in the order of `columns`. The row has no properties of its own: it is to be read
 * by name, not copied.
 *
 * @param columns a list that lives as long as the program: what its rows are is made once
 */
export const toRow = <Table>(columns: Columns<Table>, values: SqlRow): Selectable<Table> => {
  let Row = rowsOf.get(columns)
  if (Row === undefined) {
    Row = NamedValues.under(columns)
    rowsOf.set(columns, Row)
  }
  // The columns are every one of the table's, and both engines refuse a value of another type than the column's.
  return new Row(values) as unknown as Selectable<Table>
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
