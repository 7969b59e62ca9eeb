import { z } from 'zod'
import { toContractFault, type UpstreamResponse } from '../../upstream/response.ts'

/** Ids are strings; older institutions' look like numbers. */
const id = z.union([z.string().min(1), z.int().transform(String)])

const LAST_SECOND = 8_640_000_000_000

const amount = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
])

/**
 * Epoch seconds, or a date-time. Go writes an absent one as the year 1. What is neither is not known: whoever needs the
 * instant does without it or refuses.
 */
const instant = z
  .union([z.iso.datetime({ offset: true }), amount.pipe(z.number().min(0).max(LAST_SECOND))])
  .nullish()
  .catch(null)
  .transform((value) => {
    if (value == null) return null
    const at = new Date(typeof value === 'number' ? value * 1000 : value)
    return at.getUTCFullYear() <= 1 ? null : at
  })

/** What does no harm by its absence is absent where it does not fit. */
const lenient = <T>(schema: z.ZodType<T>) => schema.nullish().catch(null)

const text = lenient(z.string())
const texts = lenient(z.array(z.string()))

/** What a header can hold. */
const bearer = lenient(z.string().regex(/^[\x21-\x7e]+$/))

/** Where the answer does not say how long a token lives. One that ends sooner is renewed when it is refused. */
const UNTOLD_LIFE_SECONDS = 300

/** The name of the token differs between generations of the documentation. */
const token = z
  .object({ token: bearer, access_token: bearer, expires_in: lenient(amount) })
  .transform((answer, context) => {
    const value = answer.token ?? answer.access_token
    if (value != null) return { token: value, expiresInSeconds: answer.expires_in ?? UNTOLD_LIFE_SECONDS }
    context.addIssue({ code: 'custom', message: 'neither token nor access_token' })
    return z.NEVER
  })

const endUser = z.object({ end_user_id: z.string().min(1) })

/** A person is sent there. */
const webPage = z.url({ protocol: /^https?$/ })

/** `id` is the client's and not the session's. */
const session = z.object({ session_id: z.string().min(1), auth_url: webPage, expires_at: instant })

const consent = z.compile(
  z
    .object({
      arrangement_id: z.string().min(1),
      /** A flag; whatever else it may be is shown as it is. */
      active: z.unknown(),
      account_ids: texts,
      created_at: instant,
      end_user_id: text,
      expires_at: instant,
      institution_id: lenient(id),
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
    })),
)

const institution = z.object({
  id,
  name: z.string(),
  icon: text,
  logo: text,
  industry: text,
  is_accessible: lenient(z.boolean()),
  status: lenient(z.object({ connections: lenient(z.object({ status: text })) })),
})

const account = z.object({
  fiskil_id: text,
  account_id: text,
  arrangement_id: text,
  display_name: text,
  masked_number: text,
  account_number: text,
  product_category: text,
  currency: text,
})
/** Named by Fiskil, by the holder, or by both. */
const namedAccount = account.refine(({ fiskil_id: own, account_id: holders }) => Boolean(own || holders))

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

const links = lenient(z.object({ next: text }))

/**
 * A bare array before v3, wrapped since, under the list's own name or `data`; Go writes an empty list as null. One entry
 * that does not fit does not hide the others; a list of which nothing fits breaks the contract.
 */
const parseList = <T>(name: string, item: z.ZodType<T>): ((response: UpstreamResponse) => ListPage<T>) => {
  const entries = z.array(z.unknown()).nullable()
  const wrap = (member: string) =>
    z.object({ [member]: entries, links }).transform((answer) => {
      const list: unknown = answer[member]
      return { entries: Array.isArray(list) ? (list as readonly unknown[]) : null, after: toCursor(answer['links']) }
    })
  const bare = entries.transform((list) => ({ entries: list, after: null }))
  // The shape of today first: each that does not fit costs its time.
  const parsePage = parse(z.compile(z.union([wrap(name), wrap('data'), bare])))
  return (response) => {
    const { entries: listed, after } = parsePage(response)
    const items = (listed ?? []).flatMap((entry) => item.safeParse(entry).data ?? [])
    if (items.length === 0 && listed?.length) throw toContractFault(response, new Error('nothing of the list fits'))
    return { items, after }
  }
}

/** Links are whole addresses: only the cursor is taken, so that no answer chooses where the next call goes. */
const toCursor = (given: unknown): string | null => {
  const next = typeof given === 'object' && given !== null && 'next' in given ? given.next : null
  if (typeof next !== 'string' || next === '') return null
  return new URLSearchParams(next.slice(next.indexOf('?') + 1)).get('page[after]') || null
}

export const parseToken = parse(token)
export const parseEndUser = parse(endUser)
export const parseSession = parse(session)
export const parseConsents = parseList('consents', consent)
export const parseInstitutions = parseList('institutions', institution)
export const parseAccounts = parseList('accounts', namedAccount)

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
