import { type Expression, type SqlBool, sql } from 'kysely'
import { invalidInput } from '../domain/errors.ts'
import type { Page, PageKey } from '../domain/store.ts'

/** @throws GatewayError INVALID_INPUT */
export const checkFirst = (first: number, max = 100): number => {
  if (Number.isInteger(first) && first >= 1 && first <= max) return first
  throw invalidInput(`\`first\` must be a whole number from 1 to ${max}.`, 'first')
}

export const olderThan = (after: PageKey | null): Expression<SqlBool> =>
  after === null
    ? sql<SqlBool>`1 = 1`
    : sql<SqlBool>`(${sql.ref('created_at')}, ${sql.ref('id')}) < (${after.at.getTime()}, ${after.id})`

/** @param rows one more than asked for, where there are more */
export const toPage = <Row>(rows: readonly Row[], first: number): Page<Row> => ({
  rows: rows.slice(0, first),
  hasNextPage: rows.length > first,
})
