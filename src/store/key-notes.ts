import { GatewayError } from '../domain/errors.ts'
import type { Sealer } from '../domain/sealing.ts'
import type { Engine, ReadEngine } from './engine.ts'
import { toStatement } from './repositories/read.ts'
import { toBinding } from './sealed-columns.ts'
import { any } from './writes/write-table.ts'

/**
 * One row of `meta` for each key that may have sealed something, so that a start need not look at all that is sealed. Its value
 * is sealed with that key; empty where the key was first noted while another one sealed.
 */
const SEALED_BY = 'sealed-by '
const CANARY = 'sealed'

const bindingOf = (id: string): string => toBinding('meta', SEALED_BY + id, 'value')

/** By the key's id. */
export const readKeyNotes = async (engine: ReadEngine): Promise<ReadonlyMap<string, string>> => {
  const noted = engine.sql.selectFrom('meta').select(['name', 'value']).where('name', 'like', `${SEALED_BY}%`)
  const rows = await engine.query(toStatement(noted))
  return new Map(rows.map(([name, value]) => [String(name).slice(SEALED_BY.length), String(value)]))
}

/** Of the keys that the sealer has, those that are not the noted ones of the same id. */
export const wrongKeysOf = (notes: ReadonlyMap<string, string>, sealer: Sealer): readonly string[] =>
  sealer.ids.filter((id) => {
    const canary = notes.get(id) ?? ''
    return canary !== '' && !opens(sealer, canary, bindingOf(id))
  })

export const opens = (sealer: Sealer, sealed: string, binding: string): boolean => {
  try {
    sealer.open(sealed, binding)
    return true
  } catch (error) {
    if (error instanceof GatewayError) return false
    throw error
  }
}

export const noteKeys = async (engine: Engine, sealer: Sealer, ids: readonly string[]): Promise<void> => {
  const note = (id: string) => {
    const value = id === sealer.current ? sealer.seal(CANARY, bindingOf(id)) : ''
    return engine.sql
      .insertInto('meta')
      .values({ name: SEALED_BY + id, value })
      .onConflict((taken) =>
        value === '' ? taken.column('name').doNothing() : taken.column('name').doUpdateSet({ value }),
      )
  }
  if (ids.length > 0) await engine.batch(ids.map((id) => any(toStatement(note(id)))))
}

export const forgetKeys = async (engine: Engine, ids: readonly string[]): Promise<void> => {
  const names = ids.map((id) => SEALED_BY + id)
  if (names.length === 0) return
  await engine.batch([any(toStatement(engine.sql.deleteFrom('meta').where('name', 'in', names)))])
}
