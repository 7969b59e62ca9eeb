import { setTimeout as pause } from 'node:timers/promises'
import { GatewayError } from '../domain/errors.ts'

/** Real time. */
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 1_000

/**
 * Reads again and again while the store is away, for a stream that stays open through it.
 *
 * @param isOpen once false, the next failure is thrown: nobody waits for the answer any more
 */
export const onceStoreAnswers = async <Answer>(read: () => Promise<Answer>, isOpen: () => boolean): Promise<Answer> => {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await read()
    } catch (error) {
      if (!isOpen() || !(error instanceof GatewayError) || error.code !== 'STORE_UNAVAILABLE') throw error
    }
    await pause(waitMs)
  }
}
