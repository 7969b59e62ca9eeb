import type { SqlRow } from '../engine.ts'
import type { SqliteStatement } from './database.ts'
import { isTakenKey, isUnavailable, toFault } from './fault.ts'
import type { Answer, BatchMessage, Refusal, Replies, StatementMessage } from './protocol.ts'

type Prepared = (sql: string) => SqliteStatement
type Run = (sql: string) => unknown

/**
 * Commits every batch that waits in one transaction: one fsync for all of them. Returns only after COMMIT has; what it returns
 * may be acknowledged.
 */
export const commitGroup = (prepared: Prepared, batches: readonly BatchMessage[]): Replies => {
  if (batches.length === 0) return NOTHING
  const run: Run = (sql) => prepared(sql).run([])
  try {
    return commitTogether(run, prepared, batches) ?? commitApart(run, prepared, batches)
  } catch (error) {
    rollBack(run)
    const fault = toFault(error)
    return { answers: [], refusals: batches.map(([id]) => [id, fault] as const) }
  }
}

const NOTHING: Replies = { answers: [], refusals: [] }

/**
 * Without a savepoint, for which SQLite would copy every page before it is changed. Null where one of several batches is not to
 * be kept: then none was, and what the others would have read of it is read anew.
 */
const commitTogether = (run: Run, prepared: Prepared, batches: readonly BatchMessage[]): Replies | null => {
  const answers: Answer[] = []
  run('begin immediate')
  for (const batch of batches) {
    const outcome = runBatch(prepared, batch)
    if (!isKept(outcome)) {
      run('rollback')
      return batches.length === 1 ? toReplies([outcome]) : null
    }
    answers.push(outcome.answer)
  }
  run('commit')
  return { answers, refusals: [] }
}

/** With a savepoint for each. */
const commitApart = (run: Run, prepared: Prepared, batches: readonly BatchMessage[]): Replies => {
  const outcomes: Outcome[] = []
  run('begin immediate')
  for (const batch of batches) {
    run('savepoint batch')
    const outcome = runBatch(prepared, batch)
    if (!isKept(outcome)) run('rollback to batch')
    outcomes.push(outcome)
    run('release batch')
  }
  run('commit')
  return toReplies(outcomes)
}

type Outcome = { readonly answer: Answer } | { readonly refusal: Refusal }

const isKept = (outcome: Outcome): outcome is { readonly answer: Answer } =>
  'answer' in outcome && outcome.answer[1] === null

const toReplies = (outcomes: readonly Outcome[]): Replies => ({
  answers: outcomes.flatMap((outcome) => ('answer' in outcome ? [outcome.answer] : [])),
  refusals: outcomes.flatMap((outcome) => ('refusal' in outcome ? [outcome.refusal] : [])),
})

/** Throws what ends the whole transaction. */
const runBatch = (prepared: Prepared, [id, statements]: BatchMessage): Outcome => {
  try {
    return { answer: runStatements(prepared, id, statements) }
  } catch (error) {
    if (isUnavailable(error)) throw error
    return { refusal: [id, toFault(error)] }
  }
}

const runStatements = (prepared: Prepared, id: number, statements: readonly StatementMessage[]): Answer => {
  let rows: readonly SqlRow[] = []
  for (const [index, [sql, parameters, affects]] of statements.entries()) {
    try {
      if (affects === null) rows = prepared(sql).all(parameters)
      else if (prepared(sql).run(parameters).changes !== affects) return [id, index, []]
    } catch (error) {
      if (isTakenKey(error)) return [id, index, []]
      throw error
    }
  }
  return [id, null, rows]
}

const rollBack = (run: Run): void => {
  try {
    run('rollback')
  } catch {
    // SQLite rolls back by itself on some faults (a full disk); then there is no transaction left to end.
  }
}
