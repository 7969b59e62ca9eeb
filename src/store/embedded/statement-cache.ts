import type { SqliteDatabase, SqliteStatement } from './database.ts'

/**
 * Prepared statements by their text: at least the `limit` that were used last, and at most twice as many. One that is used
 * again moves nothing.
 */
export const createStatementCache = (database: SqliteDatabase, limit = 128): ((sql: string) => SqliteStatement) => {
  let young = new Map<string, SqliteStatement>()
  let old = new Map<string, SqliteStatement>()
  return (sql) => {
    const known = young.get(sql)
    if (known !== undefined) return known
    const statement = old.get(sql) ?? database.prepare(sql)
    if (young.size >= limit) {
      old = young
      young = new Map()
    }
    young.set(sql, statement)
    return statement
  }
}
