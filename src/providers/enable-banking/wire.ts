import { z } from 'zod'
import { toContractFault, type UpstreamResponse } from '../../upstream/response.ts'

/** `POST /auth`. */
export interface AuthBody {
  readonly access: {
    /** RFC 3339 with offset. */
    readonly valid_until: string
    readonly balances?: boolean
    readonly transactions?: boolean
    readonly accounts?: readonly AccountReference[]
  }
  readonly aspsp: AspspName
  readonly state: string
  readonly redirect_url: string
  readonly psu_type: 'personal' | 'business'
  readonly auth_method?: string
  readonly credentials?: Readonly<Record<string, string>>
  readonly credentials_autosubmit?: boolean
  readonly language?: string
  readonly psu_id: string
}

export type AccountReference =
  | { readonly iban: string }
  | { readonly other: { readonly identification: string; readonly scheme_name: string } }

export interface AspspName {
  readonly name: string
  readonly country: string
}

/** An answer that may not be read twice is kept where a member of no consequence does not fit. */
const lenient = <T>(schema: z.ZodType<T>) => schema.nullish().catch(null)

const application = z.object({
  name: lenient(z.string()),
  environment: lenient(z.string()),
  active: lenient(z.boolean()),
  services: lenient(z.array(z.string())),
})

const aspsp = z.object({
  name: z.string().min(1),
  country: z.string().regex(/^[A-Z]{2}$/),
  logo: lenient(z.string()),
  psu_types: lenient(z.array(z.string())),
  /** Seconds. */
  maximum_consent_validity: lenient(
    z
      .union([
        z.number(),
        z
          .string()
          .regex(/^\d{1,12}$/)
          .transform(Number),
      ])
      .pipe(z.int().positive()),
  ),
  required_psu_headers: lenient(z.array(z.string())),
})
const aspsps = z.object({ aspsps: z.array(z.unknown()) })

const authorization = z.object({ url: z.url({ protocol: /^https?$/ }), authorization_id: lenient(z.string().min(1)) })

const account = z.object({
  uid: lenient(z.string().min(1)),
  identification_hash: lenient(z.string().min(1)),
  account_id: lenient(
    z.object({ iban: lenient(z.string()), other: lenient(z.object({ identification: z.string() })) }),
  ),
  name: lenient(z.string()),
  product: lenient(z.string()),
  cash_account_type: lenient(z.string()),
  currency: lenient(z.string()),
})

/** Blocked ones have no uid; what has neither name is no account. */
const exchangedAccount = z.union([
  z.string().min(1),
  account.refine(({ uid, identification_hash: hash }) => uid != null || hash != null),
])

const access = z.object({
  valid_until: lenient(z.iso.datetime({ offset: true })),
  balances: lenient(z.boolean()),
  transactions: lenient(z.boolean()),
})

/** The id must not be lost for a fault in the rest: without it nobody could end the session. */
const exchanged = z.object({
  session_id: z.string().min(1),
  accounts: lenient(z.array(z.unknown())),
  access: lenient(access),
})

/** Documented as objects here and as uids there: an account is known by its uid in either place. */
const accountNames = z.compile(
  z.union([
    z
      .string()
      .min(1)
      .transform((uid) => ({ uid, identification_hash: null })),
    z.object({ uid: z.string().min(1), identification_hash: lenient(z.string().min(1)) }),
  ]),
)

/** Read most often: compiled, as are all such. */
const session = z.compile(
  z.object({
    status: z.string().min(1),
    accounts: lenient(z.array(z.unknown())),
    accounts_data: lenient(z.array(z.unknown())),
    access: lenient(access),
    closed: lenient(z.iso.datetime({ offset: true })),
  }),
)

export type Application = Readonly<z.infer<typeof application>>
export type Aspsp = Readonly<z.infer<typeof aspsp>>
export type Authorization = Readonly<z.infer<typeof authorization>>
export type Account = Readonly<z.infer<typeof account>>
export type Access = Readonly<z.infer<typeof access>>
export interface AccountNames {
  readonly uid: string
  readonly identity: string | null
}
export type Session = Readonly<Pick<z.infer<typeof session>, 'status' | 'access' | 'closed'>> & {
  /** Null where the session names none. */
  readonly accounts: readonly AccountNames[] | null
}
export interface Exchanged {
  readonly sessionId: string
  /** By uid alone, or with all that is told only now; null where the answer has no list of them. */
  readonly accounts: readonly (string | Account)[] | null
  readonly access: Access | null
}

/** Names the fields that do not fit, never their values. */
const parse = <T>(response: UpstreamResponse, schema: z.ZodType<T>): T => {
  const parsed = schema.safeParse(response.json())
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ code, path }) => `${path.join('.')}: ${code}`)
  throw toContractFault(response, new Error(`${response.operation}: ${faults.slice(0, 5).join(', ')}`))
}

const fitting = <T>(items: readonly unknown[], schema: z.ZodType<T>): readonly T[] =>
  items.flatMap((item) => {
    const parsed = schema.safeParse(item)
    return parsed.success ? [parsed.data] : []
  })

export const parseApplication = (response: UpstreamResponse): Application => parse(response, application)

/** One bank whose entry does not fit does not hide the others; a list of which nothing fits breaks the contract. */
export const parseAspsps = (response: UpstreamResponse): readonly Aspsp[] => {
  const listed = parse(response, aspsps).aspsps
  const known = fitting(listed, aspsp)
  if (known.length === 0 && listed.length > 0) throw toContractFault(response, new Error('no bank of the list fits'))
  return known
}

export const parseAuthorization = (response: UpstreamResponse): Authorization => parse(response, authorization)

export const parseExchanged = (response: UpstreamResponse): Exchanged => {
  const { session_id: sessionId, accounts, access } = parse(response, exchanged)
  return { sessionId, accounts: accounts == null ? null : fitting(accounts, exchangedAccount), access: access ?? null }
}

export const parseSession = (response: UpstreamResponse): Session => {
  const { accounts, accounts_data: details, ...rest } = parse(response, session)
  const names = fitting([...(accounts ?? []), ...(details ?? [])], accountNames)
  // Those of `accounts_data` come last, and say more.
  const byUid = new Map(names.map(({ uid, identification_hash: hash }) => [uid, { uid, identity: hash ?? null }]))
  return { ...rest, accounts: accounts == null && details == null ? null : [...byUid.values()] }
}

export const parseAccount = (response: UpstreamResponse): Account => parse(response, account)

const refusal = z.object({ error: z.string(), message: lenient(z.string()), detail: z.unknown().optional() })
const detailObject = z.object({ error_name: z.string() })

export interface Refusal {
  /** A word of Enable Banking's list, which is open. */
  readonly error: string
  /** The text. May quote names and numbers: never shown, logged or kept. */
  readonly message: string
  /** `detail.error_name`; null where `detail` is a sentence or absent. */
  readonly errorName: string | null
}

/** Null for an answer that is not an ErrorResponse with a word, such as a proxy's page. */
export const parseRefusal = (response: UpstreamResponse): Refusal | null => {
  if (response.status < 400) return null
  const parsed = refusal.safeParse(response.maybeJson())
  if (!parsed.success) return null
  const { error, message, detail } = parsed.data
  const named = detailObject.safeParse(detail)
  return { error, message: message ?? '', errorName: named.success ? named.data.error_name : null }
}
