import type { WebhookEndpointId } from './ids.ts'

export interface Removal {
  readonly removed: number
  /** There may be more to remove now. */
  readonly more: boolean
}

/** What is older than that instant goes, the oldest first; a call takes no more than `most` of it. */
export type Remove = (before: Date, most: number) => Promise<Removal>

/**
 * Removes what has been kept for long enough, a part at a time: each call is one short transaction, so that it holds up
 * neither those who write nor those who read the log.
 */
export interface Retention {
  /**
   * Events in commit order, up to the first that is younger, or that a webhook endpoint which is switched on has yet to
   * take: `heldBy`. The horizon of the log moves with them: see `events.page`.
   */
  readonly events: (before: Date, most: number) => Promise<Removal & { readonly heldBy: WebhookEndpointId | null }>
  /**
   * Observations of consents that had ended by then, and have nothing left to revoke. Looks at `most` of them after that
   * position; `next` is where to go on, null behind the last that is old enough.
   */
  readonly observations: (
    before: Date,
    most: number,
    after: number,
  ) => Promise<{ readonly removed: number; readonly next: number | null }>
  readonly idempotency: Remove
  readonly webhookDeliveries: Remove
  /** Deleted ones, once nothing refers to them. */
  readonly webhookEndpoints: Remove
  /** Empties the connector's own state of sessions that have ended, and whose time was over by then. The sessions stay. */
  readonly sessionStates: Remove
}
