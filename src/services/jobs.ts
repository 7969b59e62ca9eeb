import type { AuthSessionId, ConsentId, RequestId, UserId } from '../domain/ids.ts'
import type { ClaimedJob, JobKind } from '../domain/job.ts'
import type { Write } from '../domain/store.ts'
import { CommitConflict } from './commit.ts'
import { ownRequestId, type ServiceContext } from './context.ts'
import { toGatewayError } from './fault.ts'

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
  readonly RECONCILE_SESSION: (subject: AuthSessionId, run: JobRun) => Promise<void>
  readonly EXPIRE_SESSION: (subject: AuthSessionId, run: JobRun) => Promise<void>
  readonly DENY_SESSION: (subject: AuthSessionId, run: JobRun) => Promise<void>
}

export interface JobRunner {
  start(): void
  /** Waits for the jobs under way. */
  stop(): Promise<void>
  /** Runs what is due now, and waits for it: how many jobs ran. */
  runDue(): Promise<number>
}

const TICK_MS = 500
/** Longer than any provider call: a holder that is alive never loses its lease. */
const LEASE_MS = 30_000
const BATCH = 16
/** Five tries with waits of 2, 4, 8 and 15 s stay below the minute in which a lost call must be named. */
const LAST_TRY = 5

const CLOCK_KINDS: readonly JobKind[] = ['EXPIRE_CONSENT', 'EXPIRY_NOTICE', 'EXPIRE_SESSION', 'DENY_SESSION']
const REAL_KINDS: readonly JobKind[] = ['REVOKE', 'RECONCILE_SESSION', 'POLL_CONSENT', 'ERASE_USER']

const retryAt = (attempts: number): Date => new Date(Date.now() + Math.min(15_000, 1000 * 2 ** attempts))

export const createJobRunner = (context: ServiceContext, handlers: JobHandlers): JobRunner => {
  const { store, clock, report } = context
  let timer: NodeJS.Timeout | null = null
  let running: Promise<number> | null = null

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
    try {
      await handle(job, {
        requestId,
        finish: finish(null),
        again: finish,
        dueAt: job.dueAt,
        attempts: job.attempts,
        lastTry: job.attempts >= LAST_TRY,
      })
    } catch (error) {
      // The fence has moved on: whoever moved it looks after the job.
      if (error instanceof CommitConflict) return
      report('job.failed', { job: job.kind, subject: job.subject, requestId, code: toGatewayError(error).code }, error)
      await store.commit([finish(retryAt(job.attempts))])
    }
  }

  const runDue = async (): Promise<number> => {
    const claim = (kinds: readonly JobKind[], dueBefore: Date) =>
      store.jobs.claim({ kinds, dueBefore, leaseMs: LEASE_MS, limit: BATCH })
    const [byClock, byReal] = await Promise.all([claim(CLOCK_KINDS, clock.now()), claim(REAL_KINDS, new Date())])
    const jobs = [...byClock, ...byReal]
    await Promise.all(jobs.map(runJob))
    return jobs.length
  }

  const tick = (): void => {
    running = runDue()
      .catch((error: unknown) => {
        report('jobs.tick.failed', {}, error)
        return 0
      })
      .finally(() => {
        running = null
        if (timer !== null) timer = setTimeout(tick, TICK_MS)
      })
  }

  return {
    runDue,
    start: () => {
      timer = setTimeout(tick, TICK_MS)
    },
    stop: async () => {
      if (timer !== null) clearTimeout(timer)
      timer = null
      await running
    },
  }
}
