import type { Kysely } from 'kysely'
import { GatewayError } from '../../domain/errors.ts'
import { Migrator } from 'kysely/migration'
import type { Flavor } from './flavor.ts'
import { type MigrationName, MIGRATION_NAMES } from './names.ts'
import { createTables } from './0001-tables.ts'
import { countFrames } from './0002-session-frames.ts'
import { orderByCommit } from './0003-commit-order.ts'
import { keepErasure } from './0004-erasure.ts'
import { createWebhooks } from './0005-webhooks.ts'
import { beginRetention } from './0006-retention.ts'
import { keepClients } from './0007-clients.ts'
import { nameWebhooks } from './0008-named-webhooks.ts'
import { createRateLimits } from './0010-rate-limits.ts'
import { createAudit } from './0011-audit.ts'
import { findErasedUsers } from './0013-erased-users.ts'
import { keepStatementKeys } from './0014-statement-keys.ts'

/**
 * Forward only, in the order of their names; one that was written beside others may come after them. A published one is never
 * edited: the next one changes what it made.
 */
export const MIGRATIONS: Readonly<Record<MigrationName, (db: Kysely<unknown>, flavor: Flavor) => Promise<void>>> = {
  '0001-tables': createTables,
  '0002-session-frames': countFrames,
  '0003-commit-order': orderByCommit,
  '0004-erasure': keepErasure,
  '0005-webhooks': createWebhooks,
  '0006-retention': beginRetention,
  '0007-clients': keepClients,
  '0008-named-webhooks': nameWebhooks,
  '0010-rate-limits': createRateLimits,
  '0011-audit': createAudit,
  '0013-erased-users': findErasedUsers,
  '0014-statement-keys': keepStatementKeys,
}

/**
 * Brings the tables up to date. The whole of it is one transaction under the dialect's migration lock: a kill inside
 * leaves what was there before, and of several starters one does the work.
 */
export const migrate = async (db: Kysely<unknown>, flavor: Flavor): Promise<void> => {
  const migrations = Object.fromEntries(
    Object.entries(MIGRATIONS).map(([name, up]) => [name, { up: (target: Kysely<unknown>) => up(target, flavor) }]),
  )
  const provider = { getMigrations: () => Promise.resolve(migrations) }
  const { error } = await new Migrator({ db, provider, allowUnorderedMigrations: true }).migrateToLatest()
  if (error !== undefined) throw error instanceof Error ? error : new Error('The migration failed.', { cause: error })
}

interface Migrated {
  kysely_migration: { name: string }
}

/**
 * For a tool beside gateways, which may be of another version: makes the tables where there are none, and leaves those of
 * others alone.
 *
 * @throws GatewayError STORE_UNAVAILABLE where the tables are not those of this version
 */
export const migrateOnlyEmpty = async (db: Kysely<unknown>, flavor: Flavor): Promise<void> => {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(({ name }) => name === 'kysely_migration')) return await migrate(db, flavor)
  const rows = await (db as Kysely<Migrated>).selectFrom('kysely_migration').select('name').execute()
  const done = new Set(rows.map(({ name }) => name))
  if (done.size === 0) return await migrate(db, flavor)
  const known: ReadonlySet<string> = new Set(MIGRATION_NAMES)
  if (![...done].every((name) => known.has(name))) {
    throw new GatewayError('STORE_UNAVAILABLE', {
      message:
        'The tables are of a later version than this command. Use the command of the version that the gateway has.',
    })
  }
  if (done.size < known.size) {
    throw new GatewayError('STORE_UNAVAILABLE', {
      message:
        'The tables are of an earlier version. Start the gateway of this version first: it brings them up to date.',
    })
  }
}
