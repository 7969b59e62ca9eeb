import { REFUSALS } from './mapping.ts'
import type { Attempt, Outcome } from './sealed.ts'

/** Ours, in the query of the addresses that are handed over: Fiskil adds its own words and sends no state. */
const LEG = 'leg'
const INVALID = 'AUTH_SESSION_INVALID'

export const toReturnAddresses = (
  callbackUrl: string,
  state: string,
): { readonly redirect_uri: string; readonly cancel_uri: string } => {
  const withLeg = (leg: string): string => {
    const address = new URL(callbackUrl)
    address.searchParams.set('state', state)
    address.searchParams.set(LEG, leg)
    return address.href
  }
  return { redirect_uri: withLeg('success'), cancel_uri: withLeg('cancel') }
}

/** Null where the callback says nothing that counts: an error without a type that is known, another session's success. */
const toOutcome = (query: URLSearchParams, sessionId: string): Outcome | null => {
  const word = query.get('error_type')?.toUpperCase() ?? null
  if (word === INVALID) return word
  if (word !== null && Object.hasOwn(REFUSALS, word)) return word as keyof typeof REFUSALS
  if (word !== null || query.has('error') || query.get(LEG) === 'cancel') return null
  const named = query.get('session_id')
  // What exactly comes back after a success is not documented beyond `session_id`.
  return named === sessionId || (named === null && query.get(LEG) === 'success') ? 'SUCCESS' : null
}

/** The word of a failure that is not documented, to be shown; null where it is no such word. */
export const toUnknownWord = (query: URLSearchParams): string | null => {
  const word = query.get('error_type') ?? query.get('error') ?? ''
  const isKnown = word.toUpperCase() === INVALID || Object.hasOwn(REFUSALS, word.toUpperCase())
  return !isKnown && /^[\w.:-]{1,64}$/.test(word) ? word : null
}

/** A success outweighs what raced with it; an invalid session is said of a used one too. */
const weightOf = (outcome: Outcome | null): number => {
  if (outcome === 'SUCCESS') return 3
  if (outcome === INVALID) return 1
  return outcome === null ? 0 : 2
}

/** What is known of the attempt after this callback. */
export const withCallback = (attempt: Attempt, query: URLSearchParams): Attempt => {
  const outcome = toOutcome(query, attempt.sessionId)
  if (weightOf(outcome) <= weightOf(attempt.outcome)) return attempt
  const errorId = /^err_[\w-]{1,64}$/.exec(query.get('error_id') ?? '')?.[0] ?? null
  return { ...attempt, outcome, errorId }
}
