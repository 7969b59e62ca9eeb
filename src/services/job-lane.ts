import type { ClaimedJob, JobKind } from '../domain/job.ts'
import type { Store } from '../domain/store.ts'
import { TransientMap } from '../domain/transient-map.ts'
import { type LaneSize, roomOf } from './lane-room.ts'

export interface LaneOptions extends LaneSize {
  readonly kinds: readonly JobKind[]
  readonly leaseMs: number
  /** Must not reject. */
  readonly run: (job: ClaimedJob) => Promise<void>
  /** Jobs could not be claimed; it is tried again with the next fill. */
  readonly onFault: (error: unknown) => void
}

/** Jobs of some kinds, side by side: none waits for another, but for room. */
export interface JobLane {
  /** Begins what is due by then, as far as there is room; what is left is begun as room comes. */
  fill(dueBefore: Date): Promise<void>
  running(): readonly ClaimedJob[]
  /** Takes a job for ended, so that its room is free. */
  release(job: ClaimedJob): void
  /** Begins nothing more. */
  close(): void
  /** When all that run now have ended. */
  settled(): Promise<void>
}

export const createJobLane = (jobs: Store['jobs'], options: LaneOptions): JobLane => {
  const { kinds, leaseMs, run, onFault } = options
  const running = new TransientMap<ClaimedJob, Promise<void>>()
  /** One claim at a time: each is for the room that the one before left. */
  let claims = Promise.resolve()
  let asked = 0
  /** By when what may be left was due; null where nothing is. */
  let left: Date | null = null
  let closed = false

  const claim = async (dueBefore: Date): Promise<void> => {
    for (;;) {
      const { limit, except } = roomOf(running.keys(), options)
      left = dueBefore
      if (closed || limit <= 0) return
      const claimed = await jobs.claim({ kinds, dueBefore, leaseMs, limit, except })
      for (const job of claimed) begin(job)
      if (claimed.length === limit) continue
      if (except.providers.length + except.places.length === 0) left = null
      return
    }
  }

  const fill = (dueBefore: Date): Promise<void> => {
    asked += 1
    claims = claims
      .then(() => claim(dueBefore))
      .catch(onFault)
      .finally(() => {
        asked -= 1
      })
    return claims
  }

  const release = (job: ClaimedJob): void => {
    running.delete(job)
    if (left !== null && asked === 0) void fill(left)
  }

  const begin = (job: ClaimedJob): void => {
    running.set(
      job,
      run(job).finally(() => release(job)),
    )
  }

  return {
    fill,
    release,
    running: () => running.keys(),
    close: () => {
      closed = true
    },
    settled: async () => {
      await claims
      await Promise.all(running.values())
    },
  }
}
