import { z } from 'zod'
import type { Secrets } from '../../domain/consent.ts'
import { openState } from '../sealed-state.ts'

/** All that one authorization needs from call to call: connectors keep nothing themselves. */
const attempt = z.object({ consentId: z.string(), link: z.string(), linkEndsAt: z.iso.datetime() })

export type Attempt = Readonly<z.infer<typeof attempt>>

/** @throws GatewayError INTERNAL for what this connector did not write */
export const parseAttempt = (sealed: Secrets): Attempt => openState(attempt, sealed)

/** What a grant that comes too late is found by. Whoever has the link could still use it. */
export const toLateAttempt = (sealed: Secrets): Secrets => {
  const known = attempt.safeParse(sealed)
  return known.success ? { ...known.data, link: '' } : {}
}

/** False while only a draft is known: `start` has not come back. */
export const hasStarted = (sealed: Secrets): boolean => attempt.safeParse(sealed).success
