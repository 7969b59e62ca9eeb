export const DATABASE_FILE = 'consentgraph.db'
export const LOCK_FILE = 'consentgraph.lock'

/** 3.7.0 to 3.51.2 can corrupt a write-ahead log that is being reset: https://sqlite.org/wal.html#walresetbug */
export const OLDEST_SQLITE = [3, 51, 3] as const
export const OLDEST_NODE = [24, 15, 0] as const
