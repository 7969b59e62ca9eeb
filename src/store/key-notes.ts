import type { Engine } from './engine.ts'
import { toStatement } from './repositories/read.ts'
import { any } from './writes/write-table.ts'

/** One row of `meta` for each key that may have sealed something, so that a start need not look at all that is sealed. */
const SEALED_BY = 'sealed-by '

export const readNotedKeys = async (engine: Engine): Promise<readonly string[]> => {
  const noted = engine.sql.selectFrom('meta').select('name').where('name', 'like', `${SEALED_BY}%`)
  return (await engine.query(toStatement(noted))).map(([name]) => String(name).slice(SEALED_BY.length))
}

export const noteKeys = async (engine: Engine, ids: readonly string[]): Promise<void> => {
  const note = (id: string) =>
    engine.sql
      .insertInto('meta')
      .values({ name: SEALED_BY + id, value: '' })
      .onConflict((taken) => taken.column('name').doNothing())
  if (ids.length > 0) await engine.batch(ids.map((id) => any(toStatement(note(id)))))
}

export const forgetKeys = async (engine: Engine, ids: readonly string[]): Promise<void> => {
  const names = ids.map((id) => SEALED_BY + id)
  if (names.length === 0) return
  await engine.batch([any(toStatement(engine.sql.deleteFrom('meta').where('name', 'in', names)))])
}
