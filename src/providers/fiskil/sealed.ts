import { z } from 'zod'
import type { Secrets } from '../../domain/consent.ts'
import { openState } from '../sealed-state.ts'
import { REFUSAL_WORDS } from './mapping.ts'

const instant = z.iso.datetime().nullable()

/** What callbacks have told so far; later words of less weight do not replace it. */
const outcome = z.enum(['SUCCESS', 'AUTH_SESSION_INVALID', ...REFUSAL_WORDS])

const attempt = z.object({
  sessionId: z.string(),
  url: z.string(),
  endUserId: z.string(),
  /** Null where the person chooses. */
  institutionRef: z.string().nullable(),
  startedAt: z.iso.datetime(),
  expiresAt: instant,
  /** The consent that is renewed, as it was before. */
  renews: z.object({ arrangementId: z.string(), expiresAt: instant, lastConsentAt: instant }).nullable(),
  outcome: outcome.nullable(),
  /** Fiskil's id of the failure, for its support. */
  errorId: z.string().nullable(),
})

export type Outcome = z.infer<typeof outcome>
export type Attempt = Readonly<z.infer<typeof attempt>>

/** What a grant that comes too late is found by. Whoever has the link could still use it. */
export const toLateAttempt = (sealed: Secrets): Secrets => {
  const known = attempt.safeParse(sealed)
  return known.success ? { ...known.data, url: '' } : {}
}

/** @throws GatewayError INTERNAL for what this connector did not write */
export const parseAttempt = (sealed: Secrets): Attempt => openState(attempt, sealed)
