import { GraphQLError, GraphQLScalarType } from 'graphql'
import { createRecentlyUsed } from '../domain/recently-used.ts'
import { COUNTRY_CODES } from './country-codes.ts'

const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i
const MAX_URL_LENGTH = 8192
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

const DATE_TIME_ADVICE = 'Write an RFC 3339 instant with its offset, such as "2026-03-01T12:00:00Z".'
const COUNTRY_ADVICE = 'Write an ISO 3166-1 alpha-2 code in upper case, such as "SE".'

const refuse = (message: string): never => {
  throw new GraphQLError(message)
}

const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z')
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')

/** False of a Date that is none, too. */
const isWritable = (instant: Date): boolean => instant.getTime() >= FIRST_MS && instant.getTime() <= LAST_MS

/** @throws GraphQLError unless the value is an RFC 3339 instant; digits beyond milliseconds are cut off */
const parseDateTime = (value: unknown): Date => {
  const match = typeof value === 'string' ? DATE_TIME.exec(value) : null
  if (match === null) return refuse(`This is no DateTime. ${DATE_TIME_ADVICE}`)
  const [, day = '', time = '', fraction = '', sign, hours = '0', minutes = '0'] = match
  const local = `${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`
  const written = new Date(local)
  // Date turns 30 February into 2 March.
  if (Number.isNaN(written.getTime()) || written.toISOString() !== local) {
    return refuse(`This DateTime names a day that does not exist. ${DATE_TIME_ADVICE}`)
  }
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1)
  const instant = new Date(written.getTime() - offsetMs)
  return isWritable(instant) ? instant : refuse('This DateTime lies outside the years 0000 to 9999 in UTC.')
}

/** Instants remembered as text, each in the one place it can have. A prime: many are whole seconds, hours or days. */
const PLACES = 4_093
const instants = new Float64Array(PLACES).fill(NaN)
const texts = Array<string>(PLACES).fill('')

/** Answers name the same instants again and again; to write one anew takes some forty times as long as to find it. */
const writeDateTime = (value: unknown): string => {
  if (!(value instanceof Date) || !isWritable(value)) {
    return refuse('A DateTime can be written only from a valid Date within the years 0000 to 9999.')
  }
  const ms = value.getTime()
  const place = Math.abs(ms) % PLACES
  if (instants[place] !== ms) {
    instants[place] = ms
    texts[place] = value.toISOString()
  }
  return texts[place] as string
}

/** Why it may not be a URL here; null when it may. Written before parsing where parsers disagree about what a text means. */
const findUrlFault = (value: unknown): string | null => {
  if (typeof value !== 'string' || !/^https?:\/\//i.test(value)) {
    return 'Write an absolute address that begins with "https://".'
  }
  if (value.length > MAX_URL_LENGTH) return `Shorten this URL to ${MAX_URL_LENGTH} characters.`
  if (/[\s\\\p{Cc}]/u.test(value)) return 'Percent-encode white space, control characters and backslashes in this URL.'
  if (/^https?:\/\/[^/?#]*@/i.test(value)) return 'Leave user name and password out of this URL.'
  const url = URL.parse(value)
  if (url === null) return 'This URL cannot be parsed. Check its host and port.'
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    return 'Use https in this URL; http is only for localhost, 127.0.0.0/8 and [::1].'
  }
  return null
}

/** Those that were found good, such as the logos of banks; none that would take much room. */
const goodUrls = createRecentlyUsed<true>(1_000)
const LONGEST_REMEMBERED = 500

const urlFault = (value: unknown): string | null => {
  if (typeof value !== 'string' || value.length > LONGEST_REMEMBERED) return findUrlFault(value)
  if (goodUrls.get(value) === true) return null
  const fault = findUrlFault(value)
  if (fault === null) goodUrls.set(value, true)
  return fault
}

/** For links out of provider answers: one that is not may be left out; written as it is, it would fail its field. */
export const isPublicUrl = (value: unknown): value is string => urlFault(value) === null

const checkUrl = (value: unknown): string => {
  const fault = urlFault(value)
  return fault === null ? String(value) : refuse(fault)
}

const parseCountryCode = (value: unknown): string => {
  if (value === 'UK') return refuse('This is no CountryCode. The United Kingdom is "GB".')
  return typeof value === 'string' && COUNTRY_CODES.has(value)
    ? value
    : refuse(`This is no CountryCode. ${COUNTRY_ADVICE}`)
}

/** Only the shape: a code that a provider made up is shown as it came, and would be refused coming back. */
const writeCountryCode = (value: unknown): string =>
  typeof value === 'string' && /^[A-Z]{2}$/.test(value) ? value : refuse('A CountryCode is two capital letters.')

/** Descriptions stay in the SDL. What is written is checked too: a provider's answer never puts a `javascript:` link in the graph. */
export const scalarResolvers = {
  DateTime: new GraphQLScalarType<Date, string>({
    name: 'DateTime',
    parseValue: parseDateTime,
    serialize: writeDateTime,
  }),
  URL: new GraphQLScalarType<string, string>({ name: 'URL', parseValue: checkUrl, serialize: checkUrl }),
  CountryCode: new GraphQLScalarType<string, string>({
    name: 'CountryCode',
    parseValue: parseCountryCode,
    serialize: writeCountryCode,
  }),
}
