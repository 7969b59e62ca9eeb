import { GatewayError } from '../domain/errors.ts'
import type { Sealer } from '../domain/sealing.ts'
import type { CommitOutcome, Store, Write } from '../domain/store.ts'
import type { Change, Engine, WriteStatement } from './engine.ts'
import { createConfirmations } from './confirmations.ts'
import { createEventCursors } from './event-cursor.ts'
import { createAuditReads } from './repositories/audit.ts'
import { createConsentReads } from './repositories/consents.ts'
import { createEventReads, createObservationReads } from './repositories/history.ts'
import { createClientReads } from './repositories/clients.ts'
import { createLinkReads, createUserReads } from './repositories/owners.ts'
import { createSessionReads } from './repositories/sessions.ts'
import { createIdempotencyReads, createJobs } from './repositories/work.ts'
import { createRates } from './repositories/rates.ts'
import { createStatementKeyReads } from './repositories/statement-keys.ts'
import { createWebhookReads } from './repositories/webhooks.ts'
import { createAuditWrites } from './writes/audit.ts'
import { createStoreKeys } from './rewrap.ts'
import { readEpoch, renameCursors, requireKeys } from './identity.ts'
import { createRetention } from './retention/retention.ts'
import { createClientWrites } from './writes/clients.ts'
import { createConsentWrites } from './writes/consents.ts'
import { createHistoryWrites } from './writes/history.ts'
import { createLockOrder } from './writes/lock-order.ts'
import { createOwnerWrites } from './writes/owners.ts'
import { createStatementKeyWrites } from './writes/statement-keys.ts'
import { createWebhookWrites } from './writes/webhooks.ts'
import { createWorkWrites } from './writes/work.ts'
import type { WriteTable } from './writes/write-table.ts'

/**
 * The store over an engine whose tables are up to date.
 *
 * @throws GatewayError INTERNAL where the sealer cannot open what this database holds
 */
export const createStore = async (engine: Engine, sealer: Sealer): Promise<Store> => {
  await requireKeys(engine, sealer)
  const cursors = createEventCursors(await readEpoch(engine), engine.eventOrder.columns.length)
  await renameCursors(engine, cursors)
  const writes: WriteTable = {
    ...createClientWrites(engine),
    ...createOwnerWrites(engine, sealer),
    ...createConsentWrites(engine, sealer),
    ...createHistoryWrites(engine),
    ...createWorkWrites(engine),
    ...createWebhookWrites(engine, sealer),
    ...createAuditWrites(engine, sealer),
    ...createStatementKeyWrites(engine),
  }
  const inLockOrder = createLockOrder(engine)

  const commit = async (changes: readonly Write[]): Promise<CommitOutcome> => {
    if (changes.length === 0) return { committed: true }
    const statements = changes.map((write) => ({ write, statements: toStatements(writes, write) }))
    const locks = inLockOrder(changes)
    const { conflict } = await engine.batch([...locks, ...statements.flatMap((change) => change.statements)])
    if (conflict === null) {
      engine.changes.committed(toChange(changes))
      return { committed: true }
    }
    const kinds = statements.flatMap((change) => change.statements.map(() => change.write.kind))
    const kind = kinds[conflict - locks.length]
    if (kind === undefined) throw new GatewayError('INTERNAL', { cause: new Error('No such statement.') })
    return { committed: false, conflict: kind }
  }
  const confirmations = createConfirmations(commit)
  const observations = createObservationReads(engine)

  return {
    clients: createClientReads(engine),
    users: createUserReads(engine),
    links: createLinkReads(engine, sealer),
    consents: createConsentReads(engine, sealer, confirmations.seenAt),
    sessions: createSessionReads(engine, sealer),
    observations: {
      page: async (...asked) => {
        await confirmations.settle()
        return await observations.page(...asked)
      },
    },
    events: createEventReads(engine, cursors),
    idempotency: createIdempotencyReads(engine),
    jobs: createJobs(engine),
    webhooks: createWebhookReads(engine, sealer),
    rates: createRates(engine),
    audit: createAuditReads(engine, sealer),
    statementKeys: createStatementKeyReads(engine),
    keys: createStoreKeys(engine, sealer),
    retention: createRetention(engine, cursors),
    commit: confirmations.commit,
    confirm: confirmations.confirm,
    onEvents: (listener) => engine.changes.onEvents(listener),
    onSessions: (listener) => engine.changes.onSessions(listener),
    ping: () => engine.check(),
    close: () => confirmations.settle()?.then(() => engine.close()) ?? engine.close(),
  }
}

const toChange = (committed: readonly Write[]): Change => ({
  events: committed.some(({ kind }) => kind === 'event.append'),
  sessions: committed.flatMap((write) =>
    write.kind === 'session.insert' || write.kind === 'session.update' ? [write.session.id] : [],
  ),
})

const toStatements = (table: WriteTable, write: Write): readonly WriteStatement[] =>
  // The entry under a write's kind takes that write; TypeScript cannot follow a union through the table.
  (table[write.kind] as (write: Write) => readonly WriteStatement[])(write)
