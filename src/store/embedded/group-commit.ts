import type { SqlRow } from '../engine.ts'
import type { SqliteStatement } from './database.ts'
import { isTakenKey, isUnavailable, toFault } from './fault.ts'
import type { Answer, BatchMessage, Refusal, Replies, StatementMessage } from './protocol.ts'

type Prepared = (sql: string) => SqliteStatement

/**
 * Commits every batch that waits in one transaction with a savepoint each: one fsync for all of them. Returns only after
 * COMMIT has; what it returns may be acknowledged.
 */
export const commitGroup = (prepared: Prepared, batches: readonly BatchMessage[]): Replies => {
  if (batches.length === 0) return { answers: [], refusals: [] }
  const run = (sql: string): unknown => prepared(sql).run([])
  const answers: Answer[] = []
  const refusals: Refusal[] = []
  try {
    run('begin immediate')
    for (const [id, statements] of batches) {
      run('savepoint batch')
      try {
        const { conflict, rows } = runBatch(prepared, statements)
        if (conflict !== null) run('rollback to batch')
        answers.push([id, conflict, rows])
      } catch (error) {
        if (isUnavailable(error)) throw error
        run('rollback to batch')
        refusals.push([id, toFault(error)])
      }
      run('release batch')
    }
    run('commit')
    return { answers, refusals }
  } catch (error) {
    rollBack(run)
    const fault = toFault(error)
    return { answers: [], refusals: batches.map(([id]) => [id, fault] as const) }
  }
}

const runBatch = (
  prepared: Prepared,
  statements: readonly StatementMessage[],
): { readonly conflict: number | null; readonly rows: readonly SqlRow[] } => {
  let rows: readonly SqlRow[] = []
  for (const [index, [sql, parameters, affects]] of statements.entries()) {
    try {
      if (affects === null) rows = prepared(sql).all(parameters)
      else if (prepared(sql).run(parameters).changes !== affects) return { conflict: index, rows: [] }
    } catch (error) {
      if (isTakenKey(error)) return { conflict: index, rows: [] }
      throw error
    }
  }
  return { conflict: null, rows }
}

const rollBack = (run: (sql: string) => unknown): void => {
  try {
    run('rollback')
  } catch {
    // SQLite rolls back by itself on some faults (a full disk); then there is no transaction left to end.
  }
}
