import { setTimeout as pause } from 'node:timers/promises'
import type { Remove } from '../domain/retention.ts'
import { commitOrThrow } from './commit.ts'
import type { ServiceContext } from './context.ts'
import type { JobRun } from './jobs.ts'

/** Removes what has been kept for long enough. */
export type Prune = (subject: 'store', run: JobRun) => Promise<void>

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** Rows of one transaction: few, since in the embedded store everybody else's commit waits for it. */
const PART = 100
/** As many times as long as a part took, the store is left to others. */
const REST = 2
/** For each kind of rows; what is left then waits for the next run, so that a stop never waits for a backlog. */
const TURN_MS = 1_000
const GO_ON_MS = 1_000
const WEBHOOK_DAYS = 30
/** A late callback, or a look at what an ended attempt has left, may need it; nothing does after a day. */
const SESSION_STATE_DAYS = 1

const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY_MS)
/** 0.9 to 1.1. */
const about = (ms: number): number => ms * (0.9 + Math.random() * 0.2)

interface Broom {
  readonly name: string
  /** One part: how many rows went, and whether there may be more. */
  readonly sweep: () => Promise<{ readonly removed: number; readonly more: boolean }>
}

export const createPrune = ({ store, report, settings }: ServiceContext): Prune => {
  const { retention } = store
  const { keepDays } = settings
  /** Where the next part of the observations begins: those that stay are passed over once a round, not once a part. */
  let position = 0

  const aged = (name: string, remove: Remove, days: number): Broom => ({
    name,
    sweep: () => remove(daysAgo(days), PART),
  })

  const brooms: readonly Broom[] = [
    {
      name: 'events',
      sweep: async () => {
        const part = await retention.events(daysAgo(keepDays.events), PART)
        if (part.heldBy !== null) report('retention.held', { webhookEndpointId: part.heldBy })
        return part
      },
    },
    {
      name: 'observations',
      sweep: async () => {
        const { removed, next } = await retention.observations(daysAgo(keepDays.observations), PART, position)
        position = next ?? 0
        return { removed, more: next !== null }
      },
    },
    aged('idempotency', retention.idempotency, keepDays.idempotency),
    aged('webhookDeliveries', retention.webhookDeliveries, WEBHOOK_DAYS),
    // A repeated request shows the endpoint that its first copy deleted.
    aged('webhookEndpoints', retention.webhookEndpoints, keepDays.idempotency),
    aged('sessionStates', retention.sessionStates, SESSION_STATE_DAYS),
  ]

  const sweepOut = async ({ name, sweep }: Broom): Promise<boolean> => {
    const until = Date.now() + TURN_MS
    let removed = 0
    for (;;) {
      const begunAt = performance.now()
      const part = await sweep()
      removed += part.removed
      if (!part.more || Date.now() >= until) {
        if (removed > 0) report('retention.removed', { what: name, rows: removed })
        return part.more
      }
      await pause(REST * (performance.now() - begunAt))
    }
  }

  return async (_, { again }) => {
    let more = false
    for (const broom of brooms) more = (await sweepOut(broom)) || more
    await commitOrThrow(store, [again(new Date(Date.now() + (more ? GO_ON_MS : about(HOUR_MS))))])
  }
}
