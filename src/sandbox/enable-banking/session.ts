import { z } from 'zod'

export const accountReference = z.union([
  z.strictObject({ iban: z.string() }),
  z.strictObject({
    other: z.strictObject({ identification: z.string(), scheme_name: z.string(), issuer: z.string().optional() }),
  }),
])

const access = z.object({
  valid_until: z.string(),
  balances: z.boolean(),
  transactions: z.boolean(),
  accounts: z.array(accountReference).optional(),
})

/** One authorization and the session that it becomes. */
export const storedSession = z.object({
  authorizationId: z.string(),
  /** Null until the code is exchanged. */
  sessionId: z.string().nullable(),
  code: z.string().nullable(),
  codeExpiresAt: z.coerce.date().nullable(),
  /** As last written; `atTime` says what it is by now. */
  status: z.enum([
    'PENDING_AUTHORIZATION',
    'RETURNED_FROM_BANK',
    'AUTHORIZED',
    'CANCELLED',
    'INVALID',
    'EXPIRED',
    'CLOSED',
    'REVOKED',
  ]),
  access,
  aspsp: z.object({ name: z.string(), country: z.string() }),
  psuType: z.enum(['personal', 'business']),
  psuIdHash: z.string(),
  /** The client's, echoed in the callback. */
  state: z.string(),
  redirectUrl: z.string(),
  authMethod: z.string().nullable(),
  /** Keys of the bank's accounts that the person chose, with the uid that this session gives them. */
  accounts: z.array(z.object({ key: z.string(), uid: z.string().nullable() })),
  createdAt: z.coerce.date(),
  authorizedAt: z.coerce.date().nullable(),
  closedAt: z.coerce.date().nullable(),
  /** When the bank ends the consent by itself. */
  endsAt: z.coerce.date().nullable(),
  /** How often a DELETE has failed at a bank of the suffix `-5xx`. */
  failedDeletes: z.number(),
})

export type Session = Readonly<z.infer<typeof storedSession>>
export type SessionStatus = Session['status']

/** Choice: how long an unused `url` can be opened. */
const urlLifetimeMs = 60 * 60_000
/** Choice: how long a code can be exchanged. */
export const codeLifetimeMs = 5 * 60_000

/** What time has made of it: a link or code that ran out is INVALID, a consent past its end is EXPIRED. */
export function atTime(session: Session, now: Date): Session {
  const { status, codeExpiresAt, endsAt } = session
  const validUntil = new Date(session.access.valid_until)
  if (status === 'PENDING_AUTHORIZATION') {
    const endAt = new Date(session.createdAt.getTime() + urlLifetimeMs)
    return endAt <= now ? { ...session, status: 'INVALID', closedAt: endAt } : session
  }
  if (status === 'RETURNED_FROM_BANK') {
    return codeExpiresAt !== null && codeExpiresAt <= now
      ? { ...session, status: 'INVALID', closedAt: codeExpiresAt }
      : session
  }
  if (status !== 'AUTHORIZED') return session
  const endAt = endsAt !== null && endsAt < validUntil ? endsAt : validUntil
  return endAt <= now ? { ...session, status: 'EXPIRED', closedAt: endAt } : session
}
