import { type RawBuilder, sql } from 'kysely'
import { GatewayError } from '../domain/errors.ts'
import type { KeyUsage, RewrappedBatch, Sealer, StoreKeys } from '../domain/sealing.ts'
import type { Engine, SqlRow, SqlValue, Statement } from './engine.ts'
import { forgetKeys, noteKeys } from './key-notes.ts'
import { SEALED_COLUMNS, toBinding, toRowName } from './sealed-columns.ts'
import { any } from './writes/write-table.ts'

type Column = (typeof SEALED_COLUMNS)[number]

/** Format, a key's id of at most 64 characters, and the dots around it. */
const HEAD_CHARACTERS = 68

/** How many values may be read and written at once. */
const MAX_BATCH_ROWS = 1_000

/** Statements that no request makes, so that none of them is kept compiled. */
export const createStoreKeys = (engine: Engine, sealer: Sealer): StoreKeys => {
  const { current, ids } = sealer
  const compile = (query: RawBuilder<unknown>): Statement => {
    const { sql: text, parameters } = query.compile(engine.sql)
    return { sql: text, parameters: parameters as readonly SqlValue[] }
  }

  const startsWith = (column: Column, keyId: string): RawBuilder<boolean> => {
    const head = sealer.headOf(keyId)
    return sql<boolean>`substr(${sql.ref(column.column)}, 1, ${sql.lit(head.length)}) = ${head}`
  }

  /** What was emptied, as the state of a session some time after its end, is sealed by none. */
  const isSealed = ({ column }: Column): RawBuilder<boolean> =>
    sql<boolean>`${sql.ref(column)} is not null and ${sql.ref(column)} <> ''`

  /** Rows by key; what none of `known` sealed comes under an empty name, with the head of one of its values. */
  const countByKey = (column: Column, known: readonly string[]): Promise<readonly SqlRow[]> => {
    const cases = known.map((id) => sql`when ${startsWith(column, id)} then cast(${id} as text)`)
    return engine.query(
      compile(
        sql`select case ${sql.join(cases, sql` `)} else '' end, count(*), min(substr(${sql.ref(column.column)}, 1, ${sql.lit(HEAD_CHARACTERS)}))
          from ${sql.table(column.table)} where ${isSealed(column)} group by 1`,
      ),
    )
  }

  const usage = async (): Promise<readonly KeyUsage[]> => {
    const rows = new Map(ids.map((id) => [id, 0]))
    for (const column of SEALED_COLUMNS) {
      const counted = new Map<string, number>()
      for (let unknown = true; unknown;) {
        unknown = false
        for (const [id, count, head] of await countByKey(column, [...new Set([...rows.keys(), ...counted.keys()])])) {
          if (id !== '') counted.set(String(id), Number(count))
          else {
            // Not of this ring: named, and counted by its name in the next round.
            counted.set(String(head).split('.')[1] ?? '', 0)
            unknown = true
          }
        }
      }
      for (const [id, count] of counted) rows.set(id, (rows.get(id) ?? 0) + count)
    }
    const found = [...rows].map(([keyId, count]) => ({
      keyId,
      rows: count,
      state: keyId === current ? ('CURRENT' as const) : ids.includes(keyId) ? ('OLDER' as const) : ('MISSING' as const),
    }))
    await noteKeys(
      engine,
      sealer,
      found.filter((one) => one.rows > 0).map(({ keyId }) => keyId),
    )
    return found
  }

  const readBatch = (column: Column, after: readonly SqlValue[], limit: number): Promise<readonly SqlRow[]> => {
    const key = sql.join(column.key.map((name) => sql.ref(name)))
    const behind = after.length === 0 ? sql`` : sql`and (${key}) > (${sql.join([...after])})`
    const held = sql.ref(column.column)
    return engine.query(
      compile(
        sql`select ${key}, ${held}, ${sql.join(column.name.map((name) => sql.ref(name)))} from ${sql.table(column.table)}
          where ${isSealed(column)} and not ${startsWith(column, current)} ${behind} order by ${key} limit ${sql.lit(limit)}`,
      ),
    )
  }

  /** Null where no key of the ring opens it. */
  const rewrap = (sealed: string, binding: string): string | null => {
    try {
      return sealer.rewrap(sealed, binding)
    } catch (error) {
      // One value that was changed or lost its key must not keep the others from the new one; it is counted.
      if (error instanceof GatewayError) return null
      throw error
    }
  }

  /** Compared with what was read: a row that changed meanwhile was sealed anew by whoever changed it. */
  const replace = (column: Column, key: readonly SqlValue[], from: string, to: string): Statement => {
    const held = sql.ref(column.column)
    const named = column.key.map((name, index) => sql`${sql.ref(name)} = ${key[index]}`)
    return compile(
      sql`update ${sql.table(column.table)} set ${held} = ${to} where ${sql.join(named, sql` and `)} and ${held} = ${from}`,
    )
  }

  const moveBatch = async (column: Column, batch: readonly SqlRow[]): Promise<RewrappedBatch> => {
    const moves = batch.flatMap((row) => {
      const key = row.slice(0, column.key.length)
      const from = String(row[column.key.length])
      const name = toRowName(...row.slice(column.key.length + 1).map(String))
      const to = rewrap(from, toBinding(column.table, name, column.column))
      return to === null ? [] : [any(replace(column, key, from, to))]
    })
    if (moves.length > 0) await engine.batch(moves)
    return { moved: moves.length, unreadable: batch.length - moves.length }
  }

  return {
    usage,
    async *rewrap(batchRows) {
      const limit = Math.min(Math.max(1, batchRows), MAX_BATCH_ROWS)
      for (const column of SEALED_COLUMNS) {
        let after: readonly SqlValue[] = []
        for (;;) {
          const batch = await readBatch(column, after, limit)
          const last = batch.at(-1)
          if (last === undefined) break
          yield await moveBatch(column, batch)
          after = last.slice(0, column.key.length)
        }
      }
      const unused = (await usage()).filter(({ rows, state }) => rows === 0 && state !== 'CURRENT')
      await forgetKeys(
        engine,
        unused.map(({ keyId }) => keyId),
      )
    },
  }
}
