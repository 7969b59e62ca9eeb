import { errors } from 'undici'
import { GatewayError } from '../domain/errors.ts'
import type { Blame } from './circuits.ts'
import type { Effect } from './request.ts'

/** An attempt that brought no answer. */
export interface TransportFault {
  readonly error: GatewayError
  readonly blame: Blame
  /** Could another attempt do better, if the call may be repeated at all? */
  readonly worthRetrying: boolean
}

export interface AttemptFacts {
  readonly effect: Effect
  /** Did the request begin to leave? Before that no effect is possible, whatever went wrong. */
  readonly sent: boolean
}

/** Ours, not the provider's: undici refused to send it, or is closed. */
const OWN_FAULTS: ReadonlySet<string> = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
])

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '')

/** undici gives its parser's errors no code. One of them is no breach: the connection was cut inside a chunked body. */
const isUnreadable = (error: Error): boolean =>
  error instanceof errors.HTTPParserError && !error.message.includes('Invalid EOF state')

const breaksContract = (error: Error): boolean =>
  error instanceof errors.ResponseExceededMaxSizeError ||
  error instanceof errors.HeadersOverflowError ||
  isUnreadable(error)

/** A parser's error carries the bytes that it could not read. */
const redact = (error: Error): Error =>
  error instanceof errors.HTTPParserError ? Object.assign(new Error(error.message), { name: error.name }) : error

/** What an error of the connection means. Its messages name hosts and ports, never an address's query, headers or body. */
export const toTransportFault = (failure: Error, { effect, sent }: AttemptFacts): TransportFault => {
  const cause = redact(failure)
  if (OWN_FAULTS.has(codeOf(failure)))
    return { error: new GatewayError('INTERNAL', { cause }), blame: 'UNTOLD', worthRetrying: false }
  const broken = breaksContract(failure)
  // One answer that is too large speaks for itself alone. What is no HTTP is not the provider that was meant.
  const blame = broken && !isUnreadable(failure) ? 'NOBODY' : 'PROVIDER'
  if (!sent) return { error: new GatewayError('PROVIDER_UNAVAILABLE', { cause }), blame, worthRetrying: true }
  if (effect === 'possible')
    return { error: new GatewayError('OUTCOME_UNKNOWN', { cause }), blame, worthRetrying: !broken }
  return {
    error: new GatewayError(broken ? 'PROVIDER_CONTRACT_VIOLATION' : 'PROVIDER_UNAVAILABLE', { cause }),
    blame,
    worthRetrying: !broken,
  }
}

/** What the end of a call's time, or of its caller's interest, means for an attempt under way. */
export const toLimitFault = (end: GatewayError, { effect, sent }: AttemptFacts): TransportFault => {
  const lost = sent && effect === 'possible'
  return {
    error: lost ? new GatewayError('OUTCOME_UNKNOWN', { cause: end }) : end,
    // A connection that does not come about is nobody's but the provider's.
    blame: end.code !== 'PROVIDER_TIMEOUT' ? 'UNTOLD' : sent ? 'BOTH' : 'PROVIDER',
    worthRetrying: false,
  }
}
