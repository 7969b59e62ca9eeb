import { z } from 'zod'
import { toContractFault, type UpstreamResponse } from '../../upstream/response.ts'

/** Ids are strings; older institutions' look like numbers. */
const id = z.union([z.string().min(1), z.int().transform(String)])

const LAST_SECOND = 8_640_000_000_000

/** Epoch seconds, or a date-time. Go writes an absent one as the year 1. */
const instant = z
  .union([z.number().min(0).max(LAST_SECOND), z.iso.datetime({ offset: true }), z.literal('')])
  .nullish()
  .transform((value) => {
    if (value == null || value === '') return null
    const at = new Date(typeof value === 'number' ? value * 1000 : value)
    return at.getUTCFullYear() <= 1 ? null : at
  })

const text = z.string().nullish()
const texts = z.array(z.string()).nullish()

/** The name of the token differs between generations of the documentation. */
const token = z
  .object({ token: z.string().min(1).optional(), access_token: z.string().min(1).optional(), expires_in: z.number() })
  .transform((answer, context) => {
    const value = answer.token ?? answer.access_token
    if (value !== undefined) return { token: value, expiresInSeconds: answer.expires_in }
    context.addIssue({ code: 'custom', message: 'neither token nor access_token' })
    return z.NEVER
  })

const endUser = z.object({ end_user_id: z.string().min(1) })

/** A person is sent there. */
const webPage = z.url({ protocol: /^https?$/ })

/** `id` is the client's and not the session's. */
const session = z.object({ session_id: z.string().min(1), auth_url: webPage, expires_at: instant })

const consent = z
  .object({
    arrangement_id: z.string().min(1),
    /** A flag; whatever else it may be is shown as it is. */
    active: z.unknown(),
    account_ids: texts,
    created_at: instant,
    end_user_id: text,
    expires_at: instant,
    institution_id: id.nullish(),
    last_consent: instant,
    permissions: texts,
    termination_reason: text,
  })
  .transform((said) => ({
    arrangementId: said.arrangement_id,
    active: said.active,
    accountIds: said.account_ids ?? [],
    createdAt: said.created_at,
    endUserId: said.end_user_id || null,
    expiresAt: said.expires_at,
    institutionId: said.institution_id ?? null,
    lastConsentAt: said.last_consent,
    permissions: said.permissions ?? [],
    terminationReason: said.termination_reason || null,
  }))

const institution = z.object({
  id,
  name: z.string(),
  icon: text,
  logo: text,
  industry: text,
  is_accessible: z.boolean().nullish(),
  status: z.object({ connections: z.object({ status: text }).nullish() }).nullish(),
})

const account = z.object({
  fiskil_id: text,
  account_id: z.string().min(1),
  arrangement_id: text,
  display_name: text,
  masked_number: text,
  account_number: text,
  product_category: text,
  currency: text,
})

/** Both shapes: of the user and consent service, and of the data service. */
const fault = z.object({ name: z.string(), temporary: z.boolean().optional(), timeout: z.boolean().optional() })

const message = z.object({
  message_id: z.string().min(1).max(256),
  publish_time: z.iso.datetime({ offset: true }),
  data: z.object({
    event: z.string(),
    end_user_id: text,
    institution_id: id.nullish(),
    consent_id: text,
  }),
})

export type FiskilSession = z.infer<typeof session>
export type FiskilConsent = z.infer<typeof consent>
export type FiskilInstitution = z.infer<typeof institution>
export type FiskilAccount = z.infer<typeof account>
export type FiskilFault = z.infer<typeof fault>
export type FiskilMessage = z.infer<typeof message>

/** Names the members that are wrong, never their values. */
const toIssueList = (error: z.ZodError): Error =>
  new Error(error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`).join('; '))

const parse =
  <T>(shape: z.ZodType<T>) =>
  (response: UpstreamResponse): T => {
    const parsed = shape.safeParse(response.json())
    if (parsed.success) return parsed.data
    throw toContractFault(response, toIssueList(parsed.error))
  }

export interface ListPage<T> {
  readonly items: readonly T[]
  /** `page[after]` of the next page; null on the last. */
  readonly after: string | null
}

const links = z.object({ next: text }).nullish()

/** A bare array before v3, wrapped since; Go writes an empty list as null. */
const parseList = <T>(name: string, item: z.ZodType<T>): ((response: UpstreamResponse) => ListPage<T>) => {
  const items = z.array(item).nullable()
  const bare = items.transform((list) => ({ items: list ?? [], after: null }))
  const wrapped = z
    .object({ [name]: items, links })
    .transform((answer) => ({ items: (answer[name] ?? []) as readonly T[], after: toCursor(answer['links']) }))
  return parse(z.union([bare, wrapped]))
}

/** Links are whole addresses: only the cursor is taken, so that no answer chooses where the next call goes. */
const toCursor = (given: unknown): string | null => {
  const next = links.safeParse(given).data?.next
  if (!next) return null
  return new URLSearchParams(next.slice(next.indexOf('?') + 1)).get('page[after]')
}

export const parseToken = parse(token)
export const parseEndUser = parse(endUser)
export const parseSession = parse(session)
export const parseConsents = parseList('consents', consent)
export const parseInstitutions = parseList('institutions', institution)
export const parseAccounts = parseList('accounts', account)

/** Null for an answer in neither shape. */
export const parseFault = (response: UpstreamResponse): FiskilFault | null =>
  fault.safeParse(response.maybeJson()).data ?? null

/** Null for what is no message. */
export const parseMessage = (body: Uint8Array): FiskilMessage | null => {
  try {
    return message.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))).data ?? null
  } catch {
    // Not text, or not JSON: the caller says so, without quoting it.
    return null
  }
}
