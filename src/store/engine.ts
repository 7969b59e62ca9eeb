import type { Kysely } from 'kysely'
import type { Database } from './schema.ts'

export type SqlValue = string | number | null

export interface Statement {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

export interface WriteStatement extends Statement {
  /** How many rows it must change; null for any number. */
  readonly affects: number | null
}

/** Values in the order of the selected columns. */
export type SqlRow = readonly SqlValue[]

export interface BatchOutcome {
  /** The statement that met a conflict, so that nothing was kept; null where all is committed and durable. */
  readonly conflict: number | null
  /** What the last statement returned. */
  readonly rows: readonly SqlRow[]
}

/**
 * One database. Rejects with GatewayError: STORE_UNAVAILABLE where the engine cannot do its work now (after it, the
 * outcome of a batch is unknown only if the process or the connection died), INTERNAL where a statement is wrong.
 */
export interface Engine {
  /** Compiles for this engine; never runs anything. */
  readonly sql: Kysely<Database>
  /** Can rows be locked one by one? Where not, there is a single writer. */
  readonly rowLocks: boolean
  query(statement: Statement): Promise<readonly SqlRow[]>
  /** All or nothing. A unique key that is taken, or another number of changed rows than promised, is a conflict. */
  batch(statements: readonly WriteStatement[]): Promise<BatchOutcome>
  close(): Promise<void>
}
