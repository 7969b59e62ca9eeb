import type { Meaning } from './mapping.ts'

/** What came back with the person. A code wins over an error: a grant must not be lost. */
export type Callback =
  | { readonly kind: 'CODE'; readonly code: string }
  | { readonly kind: 'ERROR'; readonly error: string; readonly description: string | null }
  | { readonly kind: 'NOTHING' }

/** An address of the person, or a number that could be theirs. */
const PERSONAL = /[^\s@]+@[^\s@]+|\+?\d(?:[\s().+/-]*\d){4,}/g

/** A bank's text: one line of it, short enough to show, without what names the person. */
const toDescription = (text: string | null): string | null => {
  const line = text
    ?.slice(0, 500)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(PERSONAL, '…')
    .trim()
    .slice(0, 200)
  return line === undefined || line === '' ? null : line
}

/** What the standard calls an error code; a sentence in its place may name a person. */
const toWord = (error: string): string => (/^[\w.:-]{1,64}$/.test(error) ? error : 'error')

export const parseCallback = (query: URLSearchParams): Callback => {
  const code = query.get('code')
  if (code) return { kind: 'CODE', code }
  const error = query.get('error')
  if (!error) return { kind: 'NOTHING' }
  return {
    kind: 'ERROR',
    error: toWord(error),
    description: toDescription(query.get('error_description')),
  }
}

/**
 * Under `access_denied` these are the person's: "Denied data sharing consent" on Enable Banking's page, "Cancelled by user"
 * at the bank, and no words at all. All others are a bank that refuses ("Invalid credentials", "You cannot retrieve ...").
 */
const DENIED =
  /^denied data sharing consent\b|\b(?:denied|refused|rejected|declined) by (?:the )?(?:end[- ]?)?(?:user|psu|customer)\b/i
const CANCELLED = /\b(?:cancell?ed|aborted) by (?:the )?(?:end[- ]?)?(?:user|psu|customer)\b/i
const WRONG_LOGIN = /^invalid credentials\b/i

/** Every error ends the attempt, whether its word is known or not; only `access_denied` can be the person's. */
export const toErrorMeaning = (error: string, description: string | null): Meaning => {
  if (error.toLowerCase() !== 'access_denied') return { status: 'FAILED', reason: 'PROVIDER_ERROR' }
  if (description === null || DENIED.test(description)) return { status: 'REJECTED', reason: 'DENIED_BY_USER' }
  if (CANCELLED.test(description)) return { status: 'REJECTED', reason: 'CANCELLED_BY_USER' }
  return { status: 'FAILED', reason: WRONG_LOGIN.test(description) ? 'AUTHENTICATION_FAILED' : 'PROVIDER_ERROR' }
}

/** Words of a refused exchange that end the attempt: the code is of no use any more. */
const EXCHANGE_ENDS = {
  EXPIRED_AUTHORIZATION_CODE: { status: 'EXPIRED', reason: 'SESSION_EXPIRED' },
  NO_ACCOUNTS_ADDED: { status: 'FAILED', reason: 'PROVIDER_ERROR' },
  WRONG_AUTHORIZATION_CODE: { status: 'FAILED', reason: 'AUTHENTICATION_FAILED' },
  WRONG_SESSION_STATUS: { status: 'FAILED', reason: 'PROVIDER_ERROR' },
} as const satisfies Record<string, Meaning>

export const toExchangeEnd = (error: string | null): Meaning | null =>
  error !== null && Object.hasOwn(EXCHANGE_ENDS, error) ? EXCHANGE_ENDS[error as keyof typeof EXCHANGE_ENDS] : null
