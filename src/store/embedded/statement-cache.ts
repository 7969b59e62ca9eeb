import { createRecentlyUsed } from '../../domain/recently-used.ts'
import type { SqliteDatabase, SqliteStatement } from './database.ts'

/** Prepared statements by their text: at least the `limit` that were used last. One that is used again moves nothing. */
export const createStatementCache = (database: SqliteDatabase, limit = 128): ((sql: string) => SqliteStatement) => {
  const statements = createRecentlyUsed<SqliteStatement>(limit)
  return (sql) => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
}
