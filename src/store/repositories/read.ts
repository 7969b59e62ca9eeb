import type { CompiledQuery, Selectable } from 'kysely'
import type { Scope } from '../../domain/store.ts'
import type { Engine, ReadEngine, SqlValue, Statement } from '../engine.ts'
import { prepareShapes } from '../prepared.ts'
import { type Columns, toRow } from '../rows/row.ts'
import { type Owner, ownerOf, type Sight, sightOf } from '../scope.ts'

interface Compilable {
  compile(): CompiledQuery
}

/** How many keys one statement takes: bounds both its size and the number of its shapes. */
const MAX_KEYS = 128
const KEY_SLOTS = Array.from({ length: MAX_KEYS }, (_, index) => `key${index}`)

/** For a statement whose shape depends on the caller's selection. */
export const toStatement = (query: Compilable): Statement => {
  const { sql, parameters } = query.compile()
  return { sql, parameters: parameters as readonly SqlValue[] }
}

export const readRows = async <Table>(
  engine: ReadEngine,
  columns: Columns<Table>,
  statement: Statement,
): Promise<readonly Selectable<Table>[]> =>
  (await engine.query(statement)).map((values) => toRow<Table>(columns, values))

/** As `readRows`, for what `Engine.look` is for. */
export const lookUpRows = async <Table>(
  engine: Engine,
  columns: Columns<Table>,
  statement: Statement,
): Promise<readonly Selectable<Table>[]> =>
  (await engine.look(statement)).map((values) => toRow<Table>(columns, values))

export const readNumber = async (engine: Engine, statement: Statement): Promise<number> =>
  Number((await engine.query(statement))[0]?.[0] ?? 0)

/**
 * Rows by key: one statement for all of them, whatever their number, in shapes that are compiled once. Answers the rows
 * in no order; the caller matches them by key.
 */
export const createKeyRead = <Table, Given extends object = object>(
  engine: Engine,
  columns: Columns<Table>,
  select: (keys: readonly string[], given: Owner & Given, sight: Sight) => Compilable,
): ((scope: Scope, keys: readonly string[], given: Given) => Promise<readonly Selectable<Table>[]>) => {
  const statement = prepareShapes((input: Record<string, string> & Owner & Given, sight: Sight, count: number) =>
    select(
      KEY_SLOTS.slice(0, count).map((slot) => input[slot] ?? ''),
      input,
      sight,
    ),
  )
  const readPart = (scope: Scope, part: readonly string[], given: Given): Promise<readonly Selectable<Table>[]> => {
    const count = 2 ** Math.ceil(Math.log2(part.length))
    const slots: Record<string, string> = {}
    KEY_SLOTS.slice(0, count).forEach((slot, index) => (slots[slot] = part[index] ?? part[0] ?? ''))
    const input = { ...slots, ...ownerOf(scope), ...given }
    return lookUpRows<Table>(engine, columns, statement(input, sightOf(scope), count))
  }
  const readAll = async (scope: Scope, keys: readonly string[], given: Given): Promise<readonly Selectable<Table>[]> =>
    (await Promise.all(chunk(keys, MAX_KEYS).map((part) => readPart(scope, part, given)))).flat()
  return (scope, keys, given) => {
    // Most reads are of one.
    const distinct = keys.length === 1 ? keys : [...new Set(keys)]
    const fits = distinct.length > 0 && distinct.length <= MAX_KEYS
    return fits ? readPart(scope, distinct, given) : readAll(scope, distinct, given)
  }
}

/** One answer per key, in the keys' order; of several rows with one key, the first. */
export const matchByKey = <Row, Entity>(
  keys: readonly string[],
  rows: readonly Row[],
  keyOf: (row: Row) => string | null,
  toEntity: (row: Row) => Entity,
): readonly (Entity | null)[] => {
  const byKey = new Map<string | null, Row>()
  for (const row of rows) if (!byKey.has(keyOf(row))) byKey.set(keyOf(row), row)
  return keys.map((key) => {
    const row = byKey.get(key)
    return row === undefined ? null : toEntity(row)
  })
}

const chunk = (keys: readonly string[], size: number): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(keys.length / size) }, (_, index) => keys.slice(index * size, (index + 1) * size))
