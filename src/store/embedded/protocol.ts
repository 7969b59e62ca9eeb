import type { ErrorCode } from '../../domain/errors.ts'
import type { SqlRow, SqlValue } from '../engine.ts'

/** What the worker needs to open the file; its `workerData`. */
export interface EmbeddedLocation {
  readonly directory: string
  readonly lockWaitMs: number
  /** A tool: where another process owns the directory, the file is opened beside it. False by default. */
  readonly beside?: boolean
}

/** Arrays, not objects: a message is cloned, and names would be most of it. */
export type QueryMessage = readonly [id: number, sql: string, parameters: readonly SqlValue[]]
export type StatementMessage = readonly [sql: string, parameters: readonly SqlValue[], affects: number | null]
export type BatchMessage = readonly [id: number, statements: readonly StatementMessage[]]

export interface Requests {
  readonly queries: readonly QueryMessage[]
  readonly batches: readonly BatchMessage[]
  /** Everything before it is finished first. */
  readonly close: boolean
}

export interface Fault {
  readonly code: ErrorCode
  /** Public. */
  readonly message: string | null
  readonly detail: string
}

/** `conflict` is the position of a batch's statement; null for a query, and for a batch that is committed. */
export type Answer = readonly [id: number, conflict: number | null, rows: readonly SqlRow[]]
export type Refusal = readonly [id: number, fault: Fault]

export interface Replies {
  readonly answers: readonly Answer[]
  readonly refusals: readonly Refusal[]
}

export type WorkerMessage =
  | { readonly kind: 'OPENED' }
  | { readonly kind: 'NOT_OPENED'; readonly fault: Fault }
  | { readonly kind: 'REPLIES'; readonly replies: Replies }
