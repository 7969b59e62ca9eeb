import type { ClientBase } from 'pg'
import type { BatchOutcome, SqlRow, Statement, WriteStatement } from '../engine.ts'
import { runStatement } from './connection.ts'
import { isConnectionLost, isRaceLost, isTakenKey } from './fault.ts'

/** Nothing of it was kept, and nothing is wrong with it: it may be run again. The `cause` says why it was not done. */
export class Undone extends Error {
  override readonly name = 'Undone'
}

const undone = (cause: unknown): Undone => new Undone('The transaction was undone.', { cause })

const toUndone = (error: unknown): unknown => (isRaceLost(error) || isConnectionLost(error) ? undone(error) : error)

/** Every statement checks for itself what it relies on; stricter levels, which a database may have by default, only fail more. */
const BEGIN = 'begin isolation level read committed read write'

type Rows = readonly SqlRow[]

export const runRead = async (client: ClientBase, statement: Statement): Promise<Rows> => {
  try {
    return (await runStatement(client, statement)).rows
  } catch (error) {
    throw toUndone(error)
  }
}

/** Rejects with the connection's own error where it ended before the server said whether it committed. */
export const runBatch = (client: ClientBase, statements: readonly WriteStatement[]): Promise<BatchOutcome> => {
  const [only, ...others] = statements
  return only !== undefined && others.length === 0 ? runAlone(client, only) : runTransaction(client, statements)
}

/** A transaction of its own, in one round trip: where it changed nothing, there is nothing to undo. */
const runAlone = async (client: ClientBase, statement: WriteStatement): Promise<BatchOutcome> => {
  try {
    const rows = await runWrite(client, statement)
    return rows === null ? { conflict: 0, rows: [] } : { conflict: null, rows }
  } catch (error) {
    throw isRaceLost(error) ? undone(error) : error
  }
}

const runTransaction = async (client: ClientBase, statements: readonly WriteStatement[]): Promise<BatchOutcome> => {
  let last: Rows = []
  try {
    await client.query(BEGIN)
    for (const [position, statement] of statements.entries()) {
      const rows = await runWrite(client, statement)
      if (rows === null) {
        await client.query('rollback')
        return { conflict: position, rows: [] }
      }
      last = rows
    }
  } catch (error) {
    if (!isConnectionLost(error)) await client.query('rollback')
    throw toUndone(error)
  }
  try {
    await client.query('commit')
  } catch (error) {
    throw isRaceLost(error) ? undone(error) : error
  }
  return { conflict: null, rows: last }
}

/** Null for a conflict. */
const runWrite = async (client: ClientBase, statement: WriteStatement): Promise<Rows | null> => {
  try {
    const { rows, changed } = await runStatement(client, statement)
    return statement.affects === null || statement.affects === changed ? rows : null
  } catch (error) {
    if (isTakenKey(error)) return null
    throw error
  }
}
