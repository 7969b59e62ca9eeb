import type { SqliteDatabase, SqliteStatement } from './database.ts'

/** Prepared statements by their text; the least recently used one goes first. */
export const createStatementCache = (database: SqliteDatabase, limit = 256): ((sql: string) => SqliteStatement) => {
  const statements = new Map<string, SqliteStatement>()
  return (sql) => {
    const statement = statements.get(sql) ?? database.prepare(sql)
    statements.delete(sql)
    statements.set(sql, statement)
    const [oldest] = statements.keys()
    if (oldest !== undefined && statements.size > limit) statements.delete(oldest)
    return statement
  }
}
