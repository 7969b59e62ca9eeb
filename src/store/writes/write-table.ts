import type { Write } from '../../domain/store.ts'
import type { Statement, WriteStatement } from '../engine.ts'

export type WriteOf<Kind extends Write['kind']> = Extract<Write, { readonly kind: Kind }>

/** The statements of each kind of write, in the order they run. */
export type WriteTable<Kinds extends Write['kind'] = Write['kind']> = {
  readonly [Kind in Kinds]: (write: WriteOf<Kind>) => readonly WriteStatement[]
}

/** Conflicts unless it changes exactly one row. */
export const one = (statement: Statement): WriteStatement => ({ ...statement, affects: 1 })

/** Never conflicts for the number of rows it changes. */
export const any = (statement: Statement): WriteStatement => ({ ...statement, affects: null })
