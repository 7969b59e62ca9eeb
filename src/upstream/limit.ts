import { GatewayError } from '../domain/errors.ts'
import type { CallContext } from '../domain/provider.ts'

/** The longest delay a Node timer takes; a later deadline is as good as none. */
const MAX_TIMER_MS = 2_147_483_647
/** The signal of a call often aborts by the same deadline, by another timer: within this they are one event. */
const SAME_MOMENT_MS = 10

const isTimeout = (reason: unknown): boolean =>
  reason instanceof GatewayError
    ? reason.code === 'DEADLINE_EXCEEDED' || reason.code === 'PROVIDER_TIMEOUT'
    : reason instanceof Error && reason.name === 'TimeoutError'

/**
 * The error that ends a call whose time is over or whose caller has gone: PROVIDER_TIMEOUT by the deadline, whichever
 * timer saw it first; else the signal's own reason where that is a GatewayError, or DEADLINE_EXCEEDED around it.
 */
const toLimitError = ({ signal, deadline }: CallContext): GatewayError => {
  const reason: unknown = signal.aborted ? signal.reason : undefined
  if (!signal.aborted || isTimeout(reason) || Date.now() >= deadline.getTime() - SAME_MOMENT_MS)
    return new GatewayError('PROVIDER_TIMEOUT', { cause: reason })
  if (reason instanceof GatewayError) return reason
  return new GatewayError('DEADLINE_EXCEEDED', { message: 'The request was cancelled.', cause: reason })
}

/** The error of a call that may not go on, or null. */
export const spentLimit = (call: CallContext): GatewayError | null =>
  call.signal.aborted || Date.now() >= call.deadline.getTime() ? toLimitError(call) : null

/**
 * Calls `onEnd` once, at the deadline (real time) or when the signal aborts, unless stopped before. Not for a call that
 * is spent already.
 *
 * @returns stop; leaves neither a timer nor a listener behind
 */
export const watchLimit = (call: CallContext, onEnd: (error: GatewayError) => void): (() => void) => {
  const { signal } = call
  const end = (): void => {
    stop()
    onEnd(toLimitError(call))
  }
  const timer = setTimeout(end, Math.min(call.deadline.getTime() - Date.now(), MAX_TIMER_MS))
  const stop = (): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
  signal.addEventListener('abort', end)
  return stop
}
