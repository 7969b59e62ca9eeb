import { GatewayError } from '../../domain/errors.ts'
import type { BatchOutcome, Engine, WriteStatement } from '../engine.ts'

/** A commit proves as much as a trial does, so that a gateway at work makes none. */
const PROVEN_FOR_MS = 60_000
/** Between trials on a disk that takes nothing: whoever asks for readiness must not keep it busy. */
const TRIAL_PAUSE_MS = 500
/**
 * More than a commit of the gateway needs: where this much fits, so does the next request. SQLite gives the pages back
 * within the same commit, but writes them.
 */
const TRIAL_BYTES = 65_536

const TRIAL_NAME = 'write-trial'

const put = (value: string): WriteStatement => ({
  sql: 'insert into meta (name, value) values (?, ?) on conflict (name) do update set value = excluded.value',
  parameters: [TRIAL_NAME, value],
  affects: 1,
})
const TRIAL: readonly WriteStatement[] = [put(' '.repeat(TRIAL_BYTES)), put('')]

export interface WriteProof {
  /** Runs a batch and learns from its end. */
  batch(statements: readonly WriteStatement[]): Promise<BatchOutcome>
  /** Rejects while nothing can be written: with what the newest commit or trial met. */
  prove(): Promise<void>
}

/** Knows whether the disk takes what is written, with as few writes of its own as that needs. */
export const createWriteProof = (run: Engine['batch']): WriteProof => {
  let provenAt: number | null = null
  let refused: { readonly error: GatewayError; readonly at: number } | null = null
  let trial: Promise<void> | null = null

  const batch: WriteProof['batch'] = async (statements) => {
    try {
      const outcome = await run(statements)
      // A batch that met a conflict wrote nothing.
      if (outcome.conflict === null) [provenAt, refused] = [performance.now(), null]
      return outcome
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'STORE_UNAVAILABLE') provenAt = null
      throw error
    }
  }

  const tryOut = async (): Promise<void> => {
    try {
      await batch(TRIAL)
    } catch (error) {
      const cause = error instanceof GatewayError ? error : new GatewayError('STORE_UNAVAILABLE', { cause: error })
      refused = { error: cause, at: performance.now() }
      throw cause
    } finally {
      trial = null
    }
  }

  return {
    batch,
    prove: async () => {
      const now = performance.now()
      if (provenAt !== null && now - provenAt < PROVEN_FOR_MS) return
      if (refused !== null && now - refused.at < TRIAL_PAUSE_MS) throw refused.error
      trial ??= tryOut()
      await trial
    },
  }
}
