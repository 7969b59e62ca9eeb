import { z } from 'zod'
import { toContractFault, type UpstreamResponse } from '../../upstream/response.ts'
import { type ConsentClaims, type Entitlement, parseConsentJwt, type View } from './consent-jwt.ts'

/** `POST /obp/v3.1.0/banks/B/my/consents/{EMAIL|SMS|IMPLICIT}`. Servers ignore fields that they do not know. */
export interface CreateConsentBody {
  readonly everything: boolean
  readonly views: readonly View[]
  readonly entitlements: readonly Entitlement[]
  /** Without it a server of 2024 takes the first consumer that the user ever created. */
  readonly consumer_id?: string
  readonly email?: string
  readonly phone_number?: string
  /** `yyyy-MM-dd'T'HH:mm:ss'Z'` */
  readonly valid_from: string
  /** Seconds, counted from `valid_from`. */
  readonly time_to_live: number
  /** Limits `everything` to one bank. */
  readonly bank_id?: string
}

/** What a header can hold. */
const PRESENTABLE = /^[\x21-\x7e]+$/

const login = z.object({ token: z.string().regex(PRESENTABLE) })

/** What does no harm by its absence is absent where it does not fit. */
const lenient = <T>(schema: z.ZodType<T>) => schema.nullish().catch(null)

/** The list also has consents made through other APIs of the server, not all of them with a JWT. */
const listed = z.object({ consent_id: z.string().min(1), jwt: lenient(z.string()), status: z.string() })
/** Read most often. */
const listedConsent = z.compile(listed)
const consents = z.compile(z.object({ consents: z.array(z.unknown()) }))
/** Of a call that named the consent. */
const told = listed.extend({ consent_id: z.string().nullish() })

export type ListedObpConsent = Readonly<z.infer<typeof listed>>

export interface ObpConsent {
  readonly id: string
  readonly status: string
  /** What to present as `Consent-JWT`; null where there is none, or where it is another consent's. */
  readonly jwt: string | null
  /** Null where the JWT cannot be read: the status counts all the same. */
  readonly claims: ConsentClaims | null
}

export const toObpConsent = ({ consent_id: id, status, jwt }: ListedObpConsent): ObpConsent => {
  if (jwt == null || !PRESENTABLE.test(jwt)) return { id, status, jwt: null, claims: null }
  const claims = parseConsentJwt(jwt)
  const isForeign = claims?.id != null && claims.id !== id
  return isForeign ? { id, status, jwt: null, claims: null } : { id, status, jwt, claims }
}

/** v3.1.0 to v5.1.0 differ in the names; only the id is sure. */
const bank = z.object({
  id: z.string(),
  full_name: lenient(z.string()),
  short_name: lenient(z.string()),
  bank_code: lenient(z.string()),
  logo: lenient(z.string()),
})
const banks = z.object({ banks: z.array(z.unknown()) })

const account = z.object({
  id: z.string().min(1),
  bank_id: z.string(),
  label: lenient(z.string()),
  account_type: lenient(z.string()),
  account_routings: lenient(z.array(z.object({ scheme: z.string(), address: z.string() }))),
  views: z.array(z.object({ id: z.string().min(1), is_public: z.boolean().nullish() })).nullish(),
})
const accounts = z.object({ accounts: z.array(account) })

/** That it comes at all is the answer. */
const user = z.object({})

export type ObpBank = Readonly<z.infer<typeof bank>>
export type ObpAccount = Readonly<z.infer<typeof account>>

/** Names the fields that do not fit, never their values. */
const parse = <T>(response: UpstreamResponse, schema: z.ZodType<T>): T => {
  if (response.status !== 200 && response.status !== 201) {
    throw toContractFault(response, new Error(`${response.operation} answered ${response.status}`))
  }
  const parsed = schema.safeParse(response.json())
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ code, path }) => `${path.join('.')}: ${code}`)
  throw toContractFault(response, new Error(`${response.operation}: ${faults.slice(0, 5).join(', ')}`))
}

export const parseLogin = (response: UpstreamResponse): string => parse(response, login).token
export const parseConsent = (response: UpstreamResponse): ObpConsent => toObpConsent(parse(response, listed))

/** Of a call on this consent: an answer that names another one tells nothing. */
export const parseConsentOf = (response: UpstreamResponse, consentId: string): ObpConsent => {
  const said = parse(response, told)
  const id = said.consent_id ?? consentId
  if (id !== consentId) throw toContractFault(response, new Error(`${response.operation} answers for another consent`))
  return toObpConsent({ ...said, consent_id: id })
}

/** One entry that does not fit does not hide the others; a list of which nothing fits breaks the contract. */
const fitting = <T>(response: UpstreamResponse, items: readonly unknown[], schema: z.ZodType<T>): readonly T[] => {
  const known = items.flatMap((item) => schema.safeParse(item).data ?? [])
  if (known.length > 0 || items.length === 0) return known
  throw toContractFault(response, new Error(`${response.operation}: nothing of the list fits`))
}

export const parseConsents = (response: UpstreamResponse): readonly ListedObpConsent[] =>
  fitting(response, parse(response, consents).consents, listedConsent)
export const parseBanks = (response: UpstreamResponse): readonly ObpBank[] =>
  fitting(response, parse(response, banks).banks, bank)
export const parseAccounts = (response: UpstreamResponse): readonly ObpAccount[] => parse(response, accounts).accounts
export const parseUser = (response: UpstreamResponse): void => {
  parse(response, user)
}

const refusal = z.object({ message: z.string() })

/** Where a number is a cause and not part of a quoted value: at the start, after ` <- `, or before a colon. */
const CAUSE = /(?:^\s*|<-\s*)OBP-(\d{5})(?!\d)|(?<![\w-])OBP-(\d{5})(?=:)/g
const ANY_NUMBER = /(?<![\w-])OBP-(\d{5})(?!\d)/g

export interface ObpRefusal {
  /** The most specific number: causes are chained outermost first, as `OBP-50200: ... <- OBP-35001: ...`. */
  readonly number: string
  /** The server's text. May quote tokens and names: never shown, logged or kept. */
  readonly message: string
}

/** Null for an answer without a number of OBP's own, such as a proxy's page. */
export const parseRefusal = (response: UpstreamResponse): ObpRefusal | null => {
  const parsed = refusal.safeParse(response.maybeJson())
  if (!parsed.success) return null
  const { message } = parsed.data
  const causes = [...message.matchAll(CAUSE)]
  const last = causes.at(-1) ?? [...message.matchAll(ANY_NUMBER)].at(-1)
  const number = last?.[1] ?? last?.[2]
  return number === undefined ? null : { number, message }
}
