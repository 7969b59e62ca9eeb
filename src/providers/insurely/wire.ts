import { z } from 'zod'
import { toContractFault, type UpstreamResponse } from '../../upstream/response.ts'

/** Where it bears no offset it is taken for UTC. */
const instant = z.string().transform((text, context) => {
  const at = new Date(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`)
  if (!Number.isNaN(at.getTime())) return at
  context.addIssue({ code: 'custom', message: 'not an instant' })
  return z.NEVER
})

/** What does no harm by its absence is absent where it does not fit: fields come and go with the status. */
const lenient = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().catch(null)

const user = z.object({ userUuid: z.string().min(1), anonymized: lenient(z.boolean()) })

const session = z.object({
  token: z.string().regex(/^[\x21-\x7e]+$/),
  /** Null where it is not told: the session then serves until it is refused. */
  expiresAt: lenient(instant),
})

const scope = z.object({
  accountIds: lenient(z.array(z.string())),
  balances: lenient(z.boolean()),
  transactions: lenient(z.boolean()),
})

const created = z.object({ consentId: z.string().min(1), status: z.string() })

const listed = created.extend({
  company: lenient(z.string()),
  expiresAt: lenient(instant),
  scope: lenient(scope),
})

/** Read most often. */
const listedConsent = z.compile(listed)

const status = listed.extend({
  /** Of a call that named the consent. */
  consentId: z.string().min(1).nullish(),
  createdAt: lenient(instant),
  /** Names differ by the variant of the login; only `autoStartToken` is documented. */
  authInstructions: lenient(z.record(z.string(), z.unknown())),
  /** Milliseconds. */
  pollingInterval: lenient(
    z.union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,9}$/)
        .transform(Number),
    ]),
  ),
  error: lenient(z.union([z.string().transform((code) => ({ code })), z.object({ code: lenient(z.string()) })])),
})

const company = z.object({
  company: z.string().min(1),
  companyDisplayName: lenient(z.string()),
  functional: lenient(z.boolean()),
  loginMethods: lenient(z.array(z.string())),
})

/** The name of the id is documented for the status of one, not for the list. */
const collection = z
  .object({
    collectionId: lenient(z.string().min(1)),
    id: lenient(z.string().min(1)),
    company: lenient(z.string()),
    status: z.string(),
    createdAt: lenient(instant),
  })
  .transform(({ collectionId, id, ...rest }, { addIssue }) => {
    const name = collectionId ?? id
    if (name != null) return { ...rest, collectionId: name }
    addIssue({ code: 'custom', path: ['collectionId'] })
    return z.NEVER
  })

export type InsurelySession = Readonly<z.infer<typeof session>>
export type CreatedConsent = Readonly<z.infer<typeof created>>
export type ListedConsent = Readonly<z.infer<typeof listed>>
export type ConsentStatusAnswer = Readonly<z.infer<typeof status>> & { readonly consentId: string }
export type InsurelyCompany = Readonly<z.infer<typeof company>>
export type InsurelyCollection = Readonly<z.infer<typeof collection>>

/** `POST /consents`. */
export interface CreateConsentBody {
  readonly company: string
  readonly loginMethod: string
  readonly parameters: readonly [
    {
      readonly type: 'PSD2_AIS_CONSENT'
      /** Absent: all accounts of the PSU at the bank. */
      readonly accountIds?: readonly string[]
      readonly balances: boolean
      readonly transactions: boolean
      readonly psuIpAddress?: string
      /** `sv-SE` */
      readonly psuLocale?: string
      /** A date: the access ends with that day. The bank may shorten it. */
      readonly validUntil?: string
    },
    { readonly type: 'SWEDISH_BANKID'; readonly personalNumber: string },
  ]
}

/** Success codes are not documented: any 2xx with a body. Names the fields that do not fit, never their values. */
const parse = <T>(response: UpstreamResponse, schema: z.ZodType<T>): T => {
  if (response.status < 200 || response.status > 299) {
    throw toContractFault(response, new Error(`${response.operation} answered ${response.status}`))
  }
  const parsed = schema.safeParse(response.json())
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ code, path }) => `${path.join('.')}: ${code}`)
  throw toContractFault(response, new Error(`${response.operation}: ${faults.slice(0, 5).join(', ')}`))
}

const users = user.transform(({ userUuid, anonymized }) => (anonymized === true ? null : userUuid))

/** Null for one who was anonymized. */
export const parseUser = (response: UpstreamResponse): string | null => parse(response, users)
export const parseSession = (response: UpstreamResponse): InsurelySession => parse(response, session)
export const parseCreated = (response: UpstreamResponse): CreatedConsent => parse(response, created)

/** An answer that names another consent tells nothing. */
export const parseStatus = (response: UpstreamResponse, consentId: string): ConsentStatusAnswer => {
  const said = parse(response, status)
  const id = said.consentId ?? consentId
  if (id !== consentId) throw toContractFault(response, new Error(`${response.operation} answers for another consent`))
  return { ...said, consentId: id }
}

const list = z.array(z.unknown())

/** One entry that does not fit does not hide the others; a list of which nothing fits breaks the contract. */
const parseList = <T>(response: UpstreamResponse, schema: z.ZodType<T>): readonly T[] => {
  const items = parse(response, list)
  const known = items.flatMap((item) => schema.safeParse(item).data ?? [])
  if (known.length > 0 || items.length === 0) return known
  throw toContractFault(response, new Error(`${response.operation}: nothing of the list fits`))
}

export const parseConsents = (response: UpstreamResponse): readonly ListedConsent[] =>
  parseList(response, listedConsent)
export const parseCompanies = (response: UpstreamResponse): readonly InsurelyCompany[] => parseList(response, company)
export const parseCollections = (response: UpstreamResponse): readonly InsurelyCollection[] =>
  parseList(response, collection)

/** The error's envelope is not documented: an older endpoint has `errorCode`, the consent's own error `code`. */
const refusal = z.object({
  errorCode: lenient(z.string()),
  code: lenient(z.string()),
  error: lenient(z.union([z.string(), z.object({ code: z.string() }).transform(({ code }) => code)])),
})

export const parseErrorCode = (response: UpstreamResponse): string | null => {
  const parsed = refusal.safeParse(response.maybeJson())
  if (!parsed.success) return null
  const { errorCode, code, error } = parsed.data
  return errorCode ?? code ?? error ?? null
}
