import { GatewayError } from '../domain/errors.ts'
import type { Store, Write } from '../domain/store.ts'

/** Somebody else changed the same row first. Never leaves the services: they read again, or say what is true now. */
export class CommitConflict extends Error {
  override readonly name = 'CommitConflict'
  readonly kind: Write['kind']

  constructor(kind: Write['kind']) {
    super(`lost the race for ${kind}`)
    this.kind = kind
  }
}

export const commitOrThrow = async (store: Store, writes: readonly Write[]): Promise<void> => {
  if (writes.length === 0) return
  const outcome = await store.commit(writes)
  if (!outcome.committed) throw new CommitConflict(outcome.conflict)
}

/** Lost for good: another request holds the key, or the job's lease has moved on. */
const FINAL_CONFLICTS: ReadonlySet<Write['kind']> = new Set(['idempotency.claim', 'job.finish'])

/** More losses in a row than this are a fault of ours, not a race. */
const MAX_RACES = 10

/**
 * Reads, decides and commits; the loser of a race reads again. `attempt` must not reach a provider: it may run often.
 *
 * @throws GatewayError STORE_UNAVAILABLE when the race is lost again and again
 */
export const untilCommitted = async <Result>(attempt: () => Promise<Result>): Promise<Result> => {
  for (let races = 0; ; races += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof CommitConflict) || FINAL_CONFLICTS.has(error.kind)) throw error
      if (races >= MAX_RACES) throw new GatewayError('STORE_UNAVAILABLE', { cause: error })
    }
  }
}
