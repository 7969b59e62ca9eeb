/** In their order. Apart from what they do, so that a start with nothing to do loads none of it. */
export const MIGRATION_NAMES = [
  '0001-tables',
  '0002-session-frames',
  '0003-commit-order',
  '0004-erasure',
  '0005-webhooks',
  '0006-retention',
  '0007-clients',
  '0008-named-webhooks',
  '0010-rate-limits',
  '0011-audit',
  '0013-erased-users',
  '0014-statement-keys',
] as const

export type MigrationName = (typeof MIGRATION_NAMES)[number]
