import { z } from 'zod'
import { toContractFault, type UpstreamResponse } from '../../upstream/response.ts'

/** Where it bears no offset it is taken for UTC. */
const instant = z.string().transform((text, context) => {
  const at = new Date(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`)
  if (!Number.isNaN(at.getTime())) return at
  context.addIssue({ code: 'custom', message: 'not an instant' })
  return z.NEVER
})

const user = z.object({ userUuid: z.string().min(1), anonymized: z.boolean().nullish() })

const session = z.object({ token: z.string().regex(/^[\w~+/=.-]+$/), expiresAt: instant })

const scope = z.object({
  accountIds: z.array(z.string()).nullish(),
  balances: z.boolean().nullish(),
  transactions: z.boolean().nullish(),
})

const created = z.object({ consentId: z.string().min(1), status: z.string() })

const listed = created.extend({
  company: z.string(),
  expiresAt: instant.nullish(),
  scope: scope.nullish(),
})

const status = listed.extend({
  createdAt: instant.nullish(),
  /** Names differ by the variant of the login; only `autoStartToken` is documented. */
  authInstructions: z.record(z.string(), z.unknown()).nullish(),
  /** Milliseconds. */
  pollingInterval: z.number().nullish(),
  error: z.object({ code: z.string().nullish() }).nullish(),
})

const company = z.object({
  company: z.string().min(1),
  companyDisplayName: z.string().nullish(),
  functional: z.boolean().nullish(),
  loginMethods: z.array(z.string()).nullish(),
})

const collection = z.object({
  collectionId: z.string().min(1),
  company: z.string().nullish(),
  status: z.string(),
  createdAt: instant.nullish(),
})

export type InsurelySession = Readonly<z.infer<typeof session>>
export type CreatedConsent = Readonly<z.infer<typeof created>>
export type ListedConsent = Readonly<z.infer<typeof listed>>
export type ConsentStatusAnswer = Readonly<z.infer<typeof status>>
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
export const parseStatus = (response: UpstreamResponse): ConsentStatusAnswer => parse(response, status)
export const parseConsents = (response: UpstreamResponse): readonly ListedConsent[] => parse(response, z.array(listed))
export const parseCompanies = (response: UpstreamResponse): readonly InsurelyCompany[] =>
  parse(response, z.array(company))
export const parseCollections = (response: UpstreamResponse): readonly InsurelyCollection[] =>
  parse(response, z.array(collection))

/** The error's envelope is not documented: an older endpoint has `errorCode`, the consent's own error `code`. */
const refusal = z.object({
  errorCode: z.string().optional(),
  code: z.string().optional(),
  error: z.union([z.string(), z.object({ code: z.string() }).transform(({ code }) => code)]).optional(),
})

export const parseErrorCode = (response: UpstreamResponse): string | null => {
  const parsed = refusal.safeParse(response.maybeJson())
  if (!parsed.success) return null
  const { errorCode, code, error } = parsed.data
  return errorCode ?? code ?? error ?? null
}
