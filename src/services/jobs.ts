import { setTimeout as pause } from 'node:timers/promises'
import type { AuthSessionId, ConsentId, RequestId, UserId } from '../domain/ids.ts'
import type { ClaimedJob } from '../domain/job.ts'
import type { Write } from '../domain/store.ts'
import { causedBy } from './audit/cause.ts'
import { CommitConflict } from './commit.ts'
import { ownRequestId, type ServiceContext } from './context.ts'
import { toGatewayError } from './fault.ts'
import { createJobLane, type JobLane } from './job-lane.ts'
import type { LaneSize } from './lane-room.ts'

export interface JobRun {
  readonly requestId: RequestId
  /** Ends the job; must be part of what the handler commits, so that a holder whose lease moved on changes nothing. */
  readonly finish: Write
  /** Ends this run and asks for another. */
  readonly again: (at: Date) => Write
  readonly dueAt: Date
  /** Runs so far, this one included. */
  readonly attempts: number
  /** The job has failed so often that its subject must be given a name now. */
  readonly lastTry: boolean
}

export interface JobHandlers {
  readonly REVOKE: (subject: ConsentId, run: JobRun) => Promise<void>
  readonly EXPIRE_CONSENT: (subject: ConsentId, run: JobRun) => Promise<void>
  readonly EXPIRY_NOTICE: (subject: ConsentId, run: JobRun) => Promise<void>
  readonly POLL_CONSENT: (subject: ConsentId, run: JobRun) => Promise<void>
  readonly ERASE_USER: (subject: UserId, run: JobRun) => Promise<void>
  readonly PRUNE: (subject: 'store', run: JobRun) => Promise<void>
  readonly RECONCILE_SESSION: (subject: AuthSessionId, run: JobRun) => Promise<void>
  readonly EXPIRE_SESSION: (subject: AuthSessionId, run: JobRun) => Promise<void>
  readonly DENY_SESSION: (subject: AuthSessionId, run: JobRun) => Promise<void>
}

export interface JobRunner {
  start(): void
  /** Begins nothing more, and waits for what is under way; what takes longer than any call may is left to its lease. */
  stop(): Promise<void>
  /** Runs what is due now, and waits for it: how many jobs ran. */
  runDue(): Promise<number>
}

/** All of it real time. */
export interface JobTiming {
  readonly tickMs: number
  /** How soon the work of a process that died is taken over. Held by renewal, however long the work takes. */
  readonly leaseMs: number
  /** A run that has not ended by then never will: it gives up its room, and its lease runs out. */
  readonly longestRunMs: number
}

const TICK_MS = 500
const LEASE_MS = 30_000
const LONGEST_RUN_MS = 5 * 60_000
/** A saga's run makes several calls, one after the other. */
const CALLS_A_RUN = 6
/** For what follows a call: a commit or two. */
const STOP_GRACE_MS = 5_000
/** Five tries with waits of 2, 4, 8 and 15 s stay below the minute in which a lost call must be named. */
const LAST_TRY = 5

/** In lanes of their own: what calls nobody, what a person waits for, what must be told, what can wait, and the store's own. */
const LANES: readonly (LaneSize & { readonly kinds: readonly (keyof JobHandlers)[]; readonly byClock?: true })[] = [
  {
    kinds: ['EXPIRE_CONSENT', 'EXPIRY_NOTICE', 'EXPIRE_SESSION', 'DENY_SESSION'],
    byClock: true,
    limit: 32,
    shares: null,
  },
  // The shares of one provider in all lanes together leave requests a place in its bulkhead.
  { kinds: ['RECONCILE_SESSION'], limit: 32, shares: { provider: 16, institution: 8 } },
  { kinds: ['REVOKE', 'ERASE_USER'], limit: 16, shares: { provider: 6, institution: 3 } },
  { kinds: ['POLL_CONSENT'], limit: 24, shares: { provider: 8, institution: 4 } },
  { kinds: ['PRUNE'], limit: 1, shares: null },
]

const retryAt = (attempts: number): Date => new Date(Date.now() + Math.min(15_000, 1000 * 2 ** attempts))
/** Called off, the wait is over. */
const later = (ms: number, signal: AbortSignal): Promise<void> =>
  pause(ms, undefined, { signal }).catch(() => undefined)

export const createJobRunner = (
  context: ServiceContext,
  handlers: JobHandlers,
  timing: Partial<JobTiming> = {},
): JobRunner => {
  const { store, clock, report, settings } = context
  const { tickMs = TICK_MS, leaseMs = LEASE_MS } = timing
  const longestRunMs = timing.longestRunMs ?? Math.max(LONGEST_RUN_MS, CALLS_A_RUN * settings.providerCallMs)
  const begunAt = new WeakMap<ClaimedJob, number>()
  const stopping = new AbortController()
  const drained = new AbortController()
  let ran = 0
  let loops: readonly Promise<void>[] = []

  const handle = (job: ClaimedJob, run: JobRun): Promise<void> => {
    // The kind tells what the subject names, and no other kind is claimed; the table of handlers says so by its types.
    const handler = handlers[job.kind as keyof JobHandlers] as (
      subject: ClaimedJob['subject'],
      run: JobRun,
    ) => Promise<void>
    return handler(job.subject, run)
  }

  const runJob = async (job: ClaimedJob): Promise<void> => {
    const name = { kind: job.kind, subject: job.subject }
    const finish = (again: Date | null): Write => ({ kind: 'job.finish', job: name, fence: job.fence, again })
    const requestId = ownRequestId(context)
    ran += 1
    begunAt.set(job, performance.now())
    try {
      await causedBy({ actor: 'GATEWAY', action: job.kind, requestId }, () =>
        handle(job, {
          requestId,
          finish: finish(null),
          again: finish,
          dueAt: job.dueAt,
          attempts: job.attempts,
          lastTry: job.attempts >= LAST_TRY,
        }),
      )
    } catch (error) {
      // The fence has moved on: whoever moved it looks after the job.
      if (error instanceof CommitConflict) return
      report('job.failed', { job: job.kind, subject: job.subject, requestId, code: toGatewayError(error).code }, error)
      await store.commit([finish(retryAt(job.attempts))])
    }
  }

  const lanes = LANES.map(({ byClock, ...size }) => ({
    byClock: byClock === true,
    lane: createJobLane(store.jobs, {
      ...size,
      leaseMs,
      // Its lease runs out, and it is tried again.
      run: (job) => runJob(job).catch((error: unknown) => report('job.lost', { job: job.kind }, error)),
      onFault: (error) => report('jobs.claim.failed', { kinds: size.kinds.join(' ') }, error),
    }),
  }))

  const tick = async ({ lane, byClock }: (typeof lanes)[number]): Promise<void> => {
    while (!stopping.signal.aborted) {
      await lane.fill(byClock ? clock.now() : new Date())
      await later(tickMs, stopping.signal)
    }
  }

  /** A run that hangs holds neither room nor lease for ever. */
  const giveUp = (lane: JobLane, job: ClaimedJob): void => {
    lane.release(job)
    report('job.overdue', { job: job.kind, subject: job.subject, attempts: job.attempts })
  }

  const renew = async (): Promise<void> => {
    for (const { lane } of lanes) {
      for (const job of lane.running()) {
        if (performance.now() - (begunAt.get(job) ?? 0) > longestRunMs) giveUp(lane, job)
      }
    }
    const held = lanes.flatMap(({ lane }) => lane.running())
    await store.commit(
      held.map(({ kind, subject, fence }) => ({ kind: 'job.renew', job: { kind, subject }, fence, leaseMs })),
    )
  }

  const keepLeases = async (): Promise<void> => {
    for (;;) {
      await later(leaseMs / 3, drained.signal)
      if (drained.signal.aborted) return
      await renew().catch((error: unknown) => report('jobs.renew.failed', {}, error))
    }
  }

  return {
    start: () => {
      const job = { kind: 'PRUNE', subject: 'store' } as const
      const ensured = store.commit([{ kind: 'job.ensure', job, dueAt: new Date() }]).then(
        () => undefined,
        (error: unknown) => report('jobs.ensure.failed', { job: job.kind }, error),
      )
      loops = [ensured, ...lanes.map(tick), keepLeases()]
    },

    stop: async () => {
      stopping.abort()
      for (const { lane } of lanes) lane.close()
      const ended = Promise.all(lanes.map(({ lane }) => lane.settled()))
      await Promise.race([ended, later(settings.providerCallMs + STOP_GRACE_MS, drained.signal)])
      drained.abort()
      await Promise.all(loops)
    },

    runDue: async () => {
      const [byClock, byReal] = [clock.now(), new Date()]
      const before = ran
      for (let known = -1; known !== ran;) {
        known = ran
        await Promise.all(lanes.map(({ lane, byClock: isClock }) => lane.fill(isClock ? byClock : byReal)))
        await Promise.all(lanes.map(({ lane }) => lane.settled()))
      }
      return ran - before
    },
  }
}
