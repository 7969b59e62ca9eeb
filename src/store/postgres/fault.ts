import { DatabaseError } from 'pg'
import { GatewayError } from '../../domain/errors.ts'

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNIQUE_VIOLATION = '23505'

/** SERIALIZATION_FAILURE and DEADLOCK_DETECTED: the transaction is undone, and may succeed when it is run again. */
const RACE_LOST: ReadonlySet<string> = new Set(['40001', '40P01'])

/** By class: the server's or the connection's trouble, not the statement's. */
const UNAVAILABLE_CLASSES: ReadonlySet<string> = new Set([
  '08', // connection exception
  '28', // invalid authorization: the password was changed
  '3D', // the database is gone
  '40', // transaction rollback
  '53', // insufficient resources: disk, memory, connections
  '57', // operator intervention: shutdown, statement_timeout
  '58', // system error
  'XX', // internal error, corruption
])

const UNAVAILABLE: ReadonlySet<string> = new Set([
  '25006', // READ_ONLY_SQL_TRANSACTION: a standby answers
  '25P02', // IN_FAILED_SQL_TRANSACTION
  '25P03',
  '25P04',
  '55000', // OBJECT_NOT_IN_PREREQUISITE_STATE: still in recovery
  '55P03', // LOCK_NOT_AVAILABLE
])

/** The server ends the session with these. It says FATAL too, but in its own language. */
const SESSION_ENDED: ReadonlySet<string> = new Set([
  '25P03', // IDLE_IN_TRANSACTION_SESSION_TIMEOUT
  '25P04', // TRANSACTION_TIMEOUT
  '57P01', // ADMIN_SHUTDOWN
  '57P02', // CRASH_SHUTDOWN
  '57P03', // CANNOT_CONNECT_NOW
  '57P04', // DATABASE_DROPPED
  '57P05', // IDLE_SESSION_TIMEOUT
])

export const isTakenKey = (error: unknown): boolean => sqlState(error) === UNIQUE_VIOLATION

export const isRaceLost = (error: unknown): boolean => RACE_LOST.has(sqlState(error) ?? '')

/** The connection cannot be used any more; what was asked last may or may not have happened. */
export const isConnectionLost = (error: unknown): boolean => {
  if (!(error instanceof DatabaseError)) return isNoFaultOfOurs(error)
  return error.severity === 'FATAL' || SESSION_ENDED.has(error.code ?? '')
}

const isNoFaultOfOurs = (error: unknown): boolean => error instanceof Error && !(error instanceof TypeError)

const sqlState = (error: unknown): string | null => (error instanceof DatabaseError ? (error.code ?? null) : null)

export const toGatewayError = (error: unknown): GatewayError => {
  if (error instanceof GatewayError) return error
  return new GatewayError(isUnavailable(error) ? 'STORE_UNAVAILABLE' : 'INTERNAL', { cause: withoutValues(error) })
}

const isUnavailable = (error: unknown): boolean => {
  const state = sqlState(error)
  if (state === null) return isNoFaultOfOurs(error)
  return UNAVAILABLE.has(state) || UNAVAILABLE_CLASSES.has(state.slice(0, 2))
}

/** The server's texts and details quote what was stored; its code and the names of things do not. */
const withoutValues = (error: unknown): unknown => {
  if (!(error instanceof DatabaseError)) return error
  const { code, table, column, constraint } = error
  const names = [table, column, constraint].filter((name) => name !== undefined)
  return new Error(`PostgreSQL ${[code ?? '-', ...names].join(' ')}`)
}

/** What an operator may read of a fault at the start: nothing is stored then that could be quoted. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
