import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { GatewayError } from '../../domain/errors.ts'
import type { Sealer } from '../../domain/sealing.ts'
import { openEmbeddedEngine } from '../embedded/engine.ts'
import { DATABASE_FILE } from '../embedded/files.ts'
import type { Engine, SqlRow } from '../engine.ts'
import { checkKeys, readEpoch } from '../identity.ts'
import { markMoved, MOVED_MARK } from '../moved.ts'

export interface SourceTable {
  readonly name: string
  readonly columns: readonly string[]
  /** The highest key that was ever given, of a table whose keys count up; those of removed rows are not given again. */
  readonly sequence: { readonly column: string; readonly last: number } | null
}

export interface CopySource {
  /** The log's name. */
  readonly epoch: string
  /** A table comes after those that it refers to. */
  readonly tables: readonly SourceTable[]
  /** All rows, in batches, in the order they were written; without the mark that `leave` makes. */
  rows(table: SourceTable): AsyncIterable<readonly SqlRow[]>
  /** From now on nothing but another copy opens it. */
  leave(movedTo: string): Promise<void>
  close(): Promise<void>
}

const BATCH_ROWS = 500
/** Each database has its own list of what was done to it. */
const NOT_COPIED = /^(sqlite_|kysely_)/

/**
 * The directory must be left by its gateway, and stays locked until `close`.
 *
 * @throws GatewayError STORE_UNAVAILABLE where there is no store in it, or it is in use; INTERNAL for other keys than its own
 */
export const openCopySource = async (directory: string, openSealer: () => Promise<Sealer>): Promise<CopySource> => {
  if (!existsSync(join(directory, DATABASE_FILE))) {
    throw new GatewayError('STORE_UNAVAILABLE', {
      message: `There is no embedded store in ${directory}. Set CONSENTGRAPH_DATA_DIR to the directory that has ${DATABASE_FILE}.`,
    })
  }
  const sealer = await openSealer()
  const engine = await openEmbeddedEngine({ directory, lockWaitMs: 0 })
  try {
    await checkKeys(engine, sealer)
    return {
      epoch: await readEpoch(engine),
      tables: await readTables(engine),
      rows: (table) => readRows(engine, table),
      leave: (movedTo) => markMoved(engine, movedTo),
      close: () => engine.close(),
    }
  } catch (error) {
    await engine.close()
    throw error
  }
}

const texts = async (engine: Engine, sql: string, ...parameters: string[]): Promise<readonly string[]> =>
  (await engine.query({ sql, parameters })).map(([value]) => String(value))

const readTables = async (engine: Engine): Promise<readonly SourceTable[]> => {
  const names = (await texts(engine, `select name from sqlite_schema where type = 'table' order by name`)).filter(
    (name) => !NOT_COPIED.test(name),
  )
  const sequences = new Map(
    (await engine.query({ sql: 'select name, seq from sqlite_sequence', parameters: [] })).map(([name, last]) => [
      String(name),
      Number(last),
    ]),
  )
  const tables = await Promise.all(
    names.map(async (name) => {
      const last = sequences.get(name)
      const [column] = await texts(engine, 'select name from pragma_table_info(?) where pk = 1', name)
      return {
        name,
        columns: await texts(engine, 'select name from pragma_table_info(?) order by cid', name),
        sequence: last === undefined || column === undefined ? null : { column, last },
        refersTo: await texts(engine, 'select distinct "table" from pragma_foreign_key_list(?)', name),
      }
    }),
  )
  return inOrderOfReference(tables)
}

const inOrderOfReference = <Table extends { readonly name: string; readonly refersTo: readonly string[] }>(
  tables: readonly Table[],
): readonly Table[] => {
  const ordered: Table[] = []
  const place = (table: Table, above: readonly string[]): void => {
    if (ordered.includes(table)) return
    if (above.includes(table.name)) throw new RangeError(`Tables refer to each other in a circle: ${above.join(', ')}.`)
    for (const other of tables) {
      if (other !== table && table.refersTo.includes(other.name)) place(other, [...above, table.name])
    }
    ordered.push(table)
  }
  for (const table of tables) place(table, [])
  return ordered
}

async function* readRows(engine: Engine, { name, columns }: SourceTable): AsyncGenerator<readonly SqlRow[]> {
  const list = columns.map((column) => `"${column}"`).join(', ')
  const sql = `select rowid, ${list} from "${name}" where rowid > ? order by rowid limit ${BATCH_ROWS}`
  for (let after = -1; ;) {
    const found = await engine.query({ sql, parameters: [after] })
    const rows = found.map((row) => row.slice(1))
    if (rows.length > 0) yield name === 'meta' ? rows.filter(([key]) => key !== MOVED_MARK) : rows
    if (found.length < BATCH_ROWS) return
    after = Number(found.at(-1)?.[0])
  }
}
