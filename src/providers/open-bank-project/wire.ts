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

const login = z.object({ token: z.string().regex(/^[\x21-\x7e]+$/) })

/** The list also has consents made through other APIs of the server, not all of them with a JWT. */
const listed = z.object({ consent_id: z.string().min(1), jwt: z.string().nullish(), status: z.string() })
const consents = z.object({ consents: z.array(listed) })

export type ListedObpConsent = Readonly<z.infer<typeof listed>>

export interface ObpConsent {
  readonly id: string
  readonly status: string
  readonly jwt: string
  readonly claims: ConsentClaims
}

/** Null for a JWT that is none, or that is another consent's. */
export const toObpConsent = ({ consent_id: id, status, jwt }: ListedObpConsent): ObpConsent | null => {
  const claims = jwt == null ? null : parseConsentJwt(jwt)
  if (jwt == null || claims === null || (claims.id !== null && claims.id !== id)) return null
  return { id, status, jwt, claims }
}

const consent = listed.transform((one, { addIssue }): ObpConsent => {
  const read = toObpConsent(one)
  if (read !== null) return read
  addIssue({ code: 'custom', path: ['jwt'] })
  return z.NEVER
})

/** v3.1.0 to v5.1.0 differ in the names; only the id is sure. */
const bank = z.object({
  id: z.string(),
  full_name: z.string().nullish(),
  short_name: z.string().nullish(),
  bank_code: z.string().nullish(),
  logo: z.string().nullish(),
})
const banks = z.object({ banks: z.array(bank) })

const account = z.object({
  id: z.string().min(1),
  bank_id: z.string(),
  label: z.string().nullish(),
  account_type: z.string().nullish(),
  account_routings: z.array(z.object({ scheme: z.string(), address: z.string() })).nullish(),
  views: z.array(z.object({ id: z.string().min(1), is_public: z.boolean().nullish() })).nullish(),
})
const accounts = z.object({ accounts: z.array(account) })

const user = z.object({ user_id: z.string().min(1) })

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
export const parseConsent = (response: UpstreamResponse): ObpConsent => parse(response, consent)
/** For where only the status matters. */
export const parseConsentStatus = (response: UpstreamResponse): ListedObpConsent => parse(response, listed)
export const parseConsents = (response: UpstreamResponse): readonly ListedObpConsent[] =>
  parse(response, consents).consents
export const parseBanks = (response: UpstreamResponse): readonly ObpBank[] => parse(response, banks).banks
export const parseAccounts = (response: UpstreamResponse): readonly ObpAccount[] => parse(response, accounts).accounts
export const parseUser = (response: UpstreamResponse): string => parse(response, user).user_id

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
