import type { ColumnDefinitionBuilder, CreateTableBuilder, RawBuilder } from 'kysely'

/** The little that the two engines spell differently in table definitions. */
export interface Flavor {
  /** Compared byte by byte, whatever the language of the server. */
  readonly text: 'text' | RawBuilder<string>
  /** Whole numbers of 64 bits. */
  readonly whole: 'integer' | 'bigint'
  /** A key that grows with every insert and is never given twice. */
  readonly sequence: 'integer' | 'bigserial'
  readonly asSequence: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder
  /** Makes the engine refuse values of another type. */
  readonly finish: <Table extends string, Column extends string>(
    table: CreateTableBuilder<Table, Column>,
  ) => CreateTableBuilder<Table, Column>
  /** Do several transactions write at once, so that they may end in another order than they began? */
  readonly severalWriters: boolean
}
