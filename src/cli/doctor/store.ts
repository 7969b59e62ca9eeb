import type { Config, DatabaseConfig } from '../../config.ts'
import type { Sealer } from '../../domain/sealing.ts'
import { type EmbeddedInspection, inspectEmbeddedStore } from '../../store/inspection/embedded.ts'
import { inspectPostgresStore, type PostgresInspection, type ServerReading } from '../../store/inspection/postgres.ts'
import { KEY_FILE, readKeyFile } from '../../store/key-ring.ts'
import { createSealer, type KeyRing } from '../../store/sealing.ts'
import type { Check } from './checks.ts'
import { describeReading } from './contents.ts'
import { fault, fine, type Finding, warning } from './finding.ts'
import { describeReceiptKeys } from './receipts.ts'

/** Of 32 random bytes, fewer different ones are never seen. */
const LEAST_DIFFERENT_BYTES = 16

const KEYS = 'encryption keys'
const STORE = 'store'
const CLOCK = 'clock'

const readKeys = async ({ store: { dataDir, encryptionKeys } }: Config): Promise<KeyRing | null> => {
  const [first, ...others] = (encryptionKeys ?? []).map(({ id, key }) => ({ id, key: key.export() }))
  return first === undefined ? await readKeyFile(dataDir) : [first, ...others]
}

/** A key that somebody thought of seals nothing. */
const describeStrength = (keys: KeyRing): readonly Finding[] =>
  keys
    .filter(({ key }) => new Set(key).size < LEAST_DIFFERENT_BYTES)
    .map(({ id }) =>
      fault(KEYS, `key "${id}" is not random.`, 'Make one with `openssl rand -base64 32`, and change to it.'),
    )

const describeLost = ({ store: { dataDir } }: Config): Finding =>
  fault(
    KEYS,
    `${dataDir}/${KEY_FILE} is missing, and the store holds what the key in it sealed.`,
    'Restore the file, or set CONSENTGRAPH_ENCRYPTION_KEYS.',
  )

const describeEmbedded = (
  { isOwned, stoppedUncleanly, engine, reading }: EmbeddedInspection,
  { store: { dataDir } }: Config,
): readonly Finding[] => {
  const version = engine.isSupported
    ? fine('SQLite', engine.version)
    : fault('SQLite', `is ${engine.version}, and 3.51.3 is needed.`, 'Run npm ci: it brings a Node.js that has it.')
  if (reading === null) return [version, fine(STORE, `embedded; the first start makes it in ${dataDir}.`)]
  if (isOwned) return [version, fine(STORE, `embedded, in ${dataDir}; a gateway has it open now.`)]
  if (stoppedUncleanly) {
    return [version, fine(STORE, `embedded, in ${dataDir}; the last one was killed, and the next start looks it over.`)]
  }
  return [version, fine(STORE, `embedded, in ${dataDir}; no gateway has it open.`)]
}

/** Leases and limits are by the server's clock, what people see by this one. */
const SKEW_MS = 2_000
const GREAT_SKEW_MS = 60_000
/** No transaction of a gateway lasts as long. */
const OLD_TRANSACTION_MS = 30_000

const describeSkew = ({ clockAheadMs, clockUncertaintyMs }: ServerReading): Finding => {
  const apartMs = Math.max(0, Math.abs(clockAheadMs) - clockUncertaintyMs)
  const finding = `that of PostgreSQL is ${Math.abs(clockAheadMs)} ms ${clockAheadMs < 0 ? 'behind' : 'ahead of'} this one.`
  const remedy = 'Set both by NTP.'
  if (apartMs >= GREAT_SKEW_MS) return fault(CLOCK, finding, remedy)
  return apartMs >= SKEW_MS ? warning(CLOCK, finding, remedy) : fine(CLOCK, finding)
}

const describeServer = (
  server: ServerReading,
  address: string,
  { poolSize, tls }: DatabaseConfig,
): readonly Finding[] => {
  const findings: Finding[] = [
    server.isSupported
      ? fine(STORE, `PostgreSQL ${server.version} at ${address}.`)
      : fault(STORE, `PostgreSQL at ${address} is ${server.version}.`, 'Version 15 or newer is needed.'),
  ]
  const subject = 'PostgreSQL'
  if (server.isReadOnly) findings.push(fault(subject, 'takes no writes.', 'Let DATABASE_URL lead to the primary.'))
  if (server.lackedRights.length > 0) {
    const finding = `the role may not ${server.lackedRights.join(', nor ')}.`
    findings.push(fault(subject, finding, 'Give it a database of its own, and these rights.'))
  }
  if (server.lackedDurability.length > 0) {
    const finding = `off: ${server.lackedDurability.join(' and ')}. What was acknowledged may be lost in a crash.`
    findings.push(warning(subject, finding, 'Switch it on.'))
  }
  if (!server.keepsTimeouts) {
    const finding = 'sessions do not get the time limits that they ask for.'
    findings.push(fault(subject, finding, 'Reach it directly, or through a pooler that passes start-up settings on.'))
  }
  if (!server.endsIdleTransactions) {
    const finding =
      'idle_in_transaction_session_timeout is off: one transaction that somebody leaves open holds back events.'
    findings.push(warning(subject, finding, 'Set it on the server, for the sessions of others.'))
  }
  if ((server.oldestTransactionMs ?? 0) > OLD_TRANSACTION_MS) {
    const seconds = Math.round((server.oldestTransactionMs ?? 0) / 1000)
    const finding = `a transaction is open since ${seconds} seconds: no event after its begin is delivered.`
    findings.push(fault(subject, finding, 'End it: pg_stat_activity names it.'))
  }
  if (server.freeConnections < poolSize + 1) {
    const finding = `${server.freeConnections} connections are free, and a gateway takes up to ${poolSize + 1}.`
    findings.push(warning(subject, finding, 'Raise max_connections, or lower DATABASE_POOL_SIZE.'))
  }
  if (!server.isEncrypted && tls !== null) {
    const finding = 'the connection to the server itself is not encrypted.'
    findings.push(warning(subject, finding, 'Let the pooler encrypt it, too.'))
  }
  findings.push(
    fine(subject, server.isEncrypted ? 'the connection is encrypted.' : 'the connection is not encrypted: loopback.'),
    describeSkew(server),
  )
  return findings
}

const lookInto = async (
  config: Config,
  sealer: Sealer | null,
  signal: AbortSignal,
): Promise<readonly [(EmbeddedInspection | PostgresInspection)['reading'], readonly Finding[]]> => {
  const { database, dataDir } = config.store
  if (database === null) {
    const embedded = await inspectEmbeddedStore(dataDir, sealer)
    return [embedded.reading, describeEmbedded(embedded, config)]
  }
  const { server, address, reading } = await inspectPostgresStore(database, sealer, signal)
  return [reading, describeServer(server, address, database)]
}

/** Opens it to read, beside whatever runs on it. */
export const storeCheck = (config: Config): Check => ({
  subject: STORE,
  run: async (signal) => {
    const keys = await readKeys(config)
    const [reading, findings] = await lookInto(config, keys === null ? null : createSealer(keys), signal)
    if (keys !== null) {
      const own = reading === null || reading.isEmpty ? [fine(KEYS, `${keys.length} set.`)] : []
      return [
        ...describeStrength(keys),
        ...own,
        ...findings,
        ...(reading === null ? [] : describeReading(reading, config)),
        ...(reading?.contents == null ? [] : await describeReceiptKeys(reading.contents, keys)),
      ]
    }
    const lost = reading !== null && !reading.isEmpty
    return [
      lost ? describeLost(config) : fine(KEYS, 'the first start makes one.'),
      ...findings,
      ...(reading === null ? [] : describeReading(reading, config)),
    ]
  },
})
