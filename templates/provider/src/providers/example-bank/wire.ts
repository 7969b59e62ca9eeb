import { z } from 'zod'
import { toContractFault, type UpstreamResponse } from '../../upstream/response.ts'

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

const banks = z.object({ banks: z.array(z.object({ id: z.string().min(1), name: z.string().min(1) })) })

/** A person is sent to `link`. */
const started = z.object({ id: z.string().min(1), link: z.url({ protocol: /^https?$/ }), linkEndsAt: instant })

/** `status` is any word: what it means is for `mapping.ts` to know. */
const consent = z.object({
  id: z.string().min(1),
  status: z.string().min(1),
  expiresAt: instant.nullish(),
  balances: z.boolean().nullish(),
  transactions: z.boolean().nullish(),
})

const refusal = z.object({ error: z.string() })

export type ListedBank = Readonly<z.infer<typeof banks>['banks'][number]>
export type StartedConsent = Readonly<z.infer<typeof started>>
export type WireConsent = Readonly<z.infer<typeof consent>>

/** `POST /consents`. */
export interface ConsentBody {
  readonly bank: string
  readonly balances: boolean
  readonly transactions: boolean
  /** Comes back with `state` in its query. */
  readonly redirect: string
  readonly state: string
}

/** Names the fields that do not fit, never their values. */
const parse = <T>(response: UpstreamResponse, schema: z.ZodType<T>): T => {
  const parsed = schema.safeParse(response.json())
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ code, path }) => `${path.join('.')}: ${code}`)
  throw toContractFault(response, new Error(`${response.operation}: ${faults.slice(0, 5).join(', ')}`))
}

export const parseBanks = (response: UpstreamResponse): readonly ListedBank[] => parse(response, banks).banks
export const parseStarted = (response: UpstreamResponse): StartedConsent => parse(response, started)
export const parseConsent = (response: UpstreamResponse): WireConsent => parse(response, consent)

/** The provider's own word for a refusal; null where the answer is not in its form, such as a proxy's page. */
export const parseErrorWord = (response: UpstreamResponse): string | null =>
  refusal.safeParse(response.maybeJson()).data?.error ?? null
