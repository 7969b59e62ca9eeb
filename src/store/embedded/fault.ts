import { GatewayError } from '../../domain/errors.ts'
import { primaryCode, sqliteCode } from './database.ts'
import type { Fault } from './protocol.ts'

/** https://sqlite.org/rescode.html: the machine's trouble, not the statement's. The low byte names the class. */
const UNAVAILABLE: ReadonlySet<number> = new Set([
  4, // ABORT
  5, // BUSY
  6, // LOCKED
  7, // NOMEM
  8, // READONLY
  9, // INTERRUPT
  10, // IOERR
  11, // CORRUPT
  13, // FULL
  14, // CANTOPEN
  15, // PROTOCOL
  23, // AUTH
  26, // NOTADB
])

/** What an operator can mend, and a caller may know: reading goes on. FULL, IOERR, READONLY. */
const UNWRITABLE: Readonly<Record<number, string>> = {
  13: 'The disk of the store is full: nothing can be changed until it has room again.',
  10: 'The disk of the store failed: nothing can be changed until it works again.',
  8: 'The store cannot be written: its files or its disk are read-only.',
}

/** CONSTRAINT_UNIQUE and CONSTRAINT_PRIMARYKEY. */
const TAKEN_KEY: ReadonlySet<number> = new Set([2067, 1555])

export const isTakenKey = (error: unknown): boolean => TAKEN_KEY.has(sqliteCode(error) ?? 0)

export const isUnavailable = (error: unknown): boolean => UNAVAILABLE.has(primaryCode(error))

/** Errors cross the thread as words: a clone would lose the class. SQLite's own texts name columns, never values. */
export const toFault = (error: unknown): Fault => {
  if (error instanceof GatewayError) {
    return { code: error.code, message: error.message, detail: textOf(error.cause ?? error.message) }
  }
  return {
    code: isUnavailable(error) ? 'STORE_UNAVAILABLE' : 'INTERNAL',
    message: UNWRITABLE[primaryCode(error)] ?? null,
    detail: textOf(error),
  }
}

const textOf = (error: unknown): string =>
  error instanceof Error ? `${error.message} (SQLite ${sqliteCode(error) ?? '-'})` : String(error)

export const fromFault = ({ code, message, detail }: Fault): GatewayError =>
  new GatewayError(code, { ...(message === null ? {} : { message }), cause: new Error(detail) })
