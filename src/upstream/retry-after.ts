import type { UpstreamResponse } from './response.ts'

type Answer = Pick<UpstreamResponse, 'status' | 'header'>

/** Nobody is believed who asks for more: a broken clock or a hostile value would stop a provider for good. */
const MAX_WAIT_MS = 24 * 60 * 60 * 1_000

/** RFC 9110, 5.6.7: the fixed form, and the two old ones that a recipient must take. All of them are in GMT. */
const HTTP_DATES = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
]

const parseHttpDate = (text: string): number | null => {
  if (!HTTP_DATES.some((form) => form.test(text))) return null
  const at = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(at) ? null : at
}

const parseNumber = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,15}(?:\.\d+)?$/.test(text) ? Number(text) : null

/** A date is read against the provider's own `Date`, so that a clock that differs from ours does not matter. */
const parseRetryAfter = (response: Answer, nowMs: number): number | null => {
  const text = response.header('retry-after')?.trim()
  const seconds = parseNumber(text)
  if (text === undefined || seconds !== null) return seconds === null ? null : seconds * 1_000
  const at = parseHttpDate(text)
  return at === null ? null : at - (parseHttpDate(response.header('date')?.trim() ?? '') ?? nowMs)
}

/** Nobody has standardized it: seconds to wait, or the instant in epoch seconds, or in milliseconds; their size tells. */
const parseReset = (response: Answer, nowMs: number): number | null => {
  for (const name of ['x-ratelimit-reset', 'x-rate-limit-reset', 'ratelimit-reset']) {
    const value = parseNumber(response.header(name)?.trim())
    if (value !== null) return value < 1e9 ? value * 1_000 : (value < 1e11 ? value * 1_000 : value) - nowMs
  }
  return null
}

/**
 * How long the provider asks to be left alone, in milliseconds, between 0 and a day; null where it does not say, or not
 * in a form that can be read. A reset of the rate limit counts for a 429 only: many send it with every answer.
 */
export const parseWaitMs = (response: Answer, nowMs: number): number | null => {
  const wait = parseRetryAfter(response, nowMs) ?? (response.status === 429 ? parseReset(response, nowMs) : null)
  return wait === null ? null : Math.min(Math.max(wait, 0), MAX_WAIT_MS)
}
