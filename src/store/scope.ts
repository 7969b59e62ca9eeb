import { type Expression, type SqlBool, sql } from 'kysely'
import type { Scope } from '../domain/store.ts'

/** What kind of scope; the part of it that changes a statement's text. */
export type Sight = 'SYSTEM' | 'CLIENT' | 'USER'

export interface Owner {
  readonly clientId: string
  readonly userId: string
}

export const sightOf = (scope: Scope): Sight =>
  scope === 'SYSTEM' ? 'SYSTEM' : scope.userId === null ? 'CLIENT' : 'USER'

export const ownerOf = (scope: Scope): Owner =>
  scope === 'SYSTEM' ? { clientId: '', userId: '' } : { clientId: scope.clientId, userId: scope.userId ?? '' }

/** Belongs in every statement that reads a tenant's rows. `userColumn` is `id` in the table of users itself. */
export const visible = (
  sight: Sight,
  owner: Owner,
  table: string,
  userColumn: 'user_id' | 'id' = 'user_id',
): Expression<SqlBool> => {
  if (sight === 'SYSTEM') return sql<SqlBool>`1 = 1`
  const ofClient = sql<SqlBool>`${sql.ref(`${table}.client_id`)} = ${owner.clientId}`
  return sight === 'CLIENT'
    ? ofClient
    : sql<SqlBool>`${ofClient} and ${sql.ref(`${table}.${userColumn}`)} = ${owner.userId}`
}
