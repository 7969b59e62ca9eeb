import { MIGRATION_NAMES } from '../migrations/names.ts'
import type { SqliteDatabase } from './database.ts'

const isUpToDate = (database: SqliteDatabase): boolean => {
  const [found] = database.prepare(`select count(*) from sqlite_schema where name = 'kysely_migration'`).all([])
  if (found?.[0] !== 1) return false
  const done = new Set(
    database
      .prepare('select name from kysely_migration')
      .all([])
      .map(([name]) => name),
  )
  return done.size === MIGRATION_NAMES.length && MIGRATION_NAMES.every((name) => done.has(name))
}

/**
 * What changes tables is loaded only where there is something to change, as at few starts.
 *
 * @param onlyEmpty for a tool: leaves tables of another version alone
 * @throws GatewayError STORE_UNAVAILABLE where they are left alone
 */
export const bringUpToDate = async (database: SqliteDatabase, onlyEmpty: boolean): Promise<void> => {
  if (isUpToDate(database)) return
  const [{ migrate, migrateOnlyEmpty }, { createSqliteKysely, SQLITE_FLAVOR }] = await Promise.all([
    import('../migrations/migrate.ts'),
    import('./dialect.ts'),
  ])
  await (onlyEmpty ? migrateOnlyEmpty : migrate)(createSqliteKysely(database), SQLITE_FLAVOR)
}
