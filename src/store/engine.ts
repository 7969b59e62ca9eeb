import type { Expression, Kysely, SqlBool } from 'kysely'
import type { AuthSessionId } from '../domain/ids.ts'
import type { CommitPosition, CommitStamp, Database, EventTable } from './schema.ts'

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

/** In which order this engine's commits became visible. */
export interface EventOrder {
  /** Compared one after the other, they are an event's position. */
  readonly columns: readonly (keyof CommitPosition | keyof Pick<EventTable, 'seq'>)[]
  /** True of an event once none can come before it any more; null where that is true of all that can be read. */
  readonly settled: Expression<SqlBool> | null
}

export interface Change {
  readonly events: boolean
  readonly sessions: readonly AuthSessionId[]
}

/** Tells what was committed, here and by others on the same database. A nudge may come late or for nothing, never not at all. */
export interface Changes {
  committed(change: Change): void
  onEvents(listener: () => void): Disposable
  onSessions(listener: (ids: readonly AuthSessionId[]) => void): Disposable
}

/** What reading takes, also where nothing may be written. */
export interface ReadEngine {
  /** Compiles for this engine; never runs anything. */
  readonly sql: Kysely<Database>
  query(statement: Statement): Promise<readonly SqlRow[]>
}

/**
 * One database. Rejects with GatewayError: STORE_UNAVAILABLE where the engine cannot do its work now (after it, the
 * outcome of a batch is unknown only if the process or the connection died: what is committed again must be safe to
 * repeat, by the version it expects, the fence it holds or the key it claims), INTERNAL where a statement is wrong.
 */
export interface Engine extends ReadEngine {
  /** Can rows be locked one by one? Where not, there is a single writer. */
  readonly rowLocks: boolean
  readonly eventOrder: EventOrder
  /** Part of every change of a session, so that other processes find it; null where there are none. */
  readonly sessionStamp: { readonly [Column in keyof CommitStamp]: Expression<number> } | null
  /** The one clock that leases are held by, in milliseconds since 1970; asked anew for each statement. */
  leaseNow(): Expression<number>
  readonly changes: Changes
  /**
   * As `query`, for rows that an index leads to, some hundreds at most: an engine may answer at once, on the thread that asks.
   * It sees at least what was committed before it was called.
   */
  look(statement: Statement): Promise<readonly SqlRow[]>
  /**
   * While two answers are equal, nothing that `look` could see was committed in between, by anybody: what was looked up before is as
   * good as looked up now. Null where that cannot be told at once.
   */
  state(): number | null
  /** All or nothing. A unique key that is taken, or another number of changed rows than promised, is a conflict. */
  batch(statements: readonly WriteStatement[]): Promise<BatchOutcome>
  /** Cheap proof that the engine can do its work now, writing included where only a write shows it. */
  check(): Promise<void>
  close(): Promise<void>
}
