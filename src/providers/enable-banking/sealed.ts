import { z } from 'zod'
import type { Secrets } from '../../domain/consent.ts'
import { openState } from '../sealed-state.ts'

/** One authorization; `sessionId` is null until its code is exchanged. */
const attempt = z.object({
  /** Null where the answer named none: nothing but the callback is needed to go on. */
  authorizationId: z.string().nullable(),
  url: z.string(),
  institutionRef: z.string(),
  /** As asked for. */
  validUntil: z.string(),
  sessionId: z.string().nullable(),
})

/** What Enable Banking tells of an account only once, when the code is exchanged; `id` is null for a blocked one. */
const keptAccount = z.object({
  id: z.string().nullable(),
  /** `identification_hash`. */
  identity: z.string().nullable(),
  name: z.string().nullable(),
  maskedNumber: z.string().nullable(),
  currency: z.string().nullable(),
  kind: z.string().nullable(),
})

const consentSecrets = z.object({ accounts: z.array(keptAccount) })

export type Attempt = Readonly<z.infer<typeof attempt>>
export type KeptAccount = Readonly<z.infer<typeof keptAccount>>

/** @throws GatewayError INTERNAL for what this connector did not write */
export const parseAttempt = (sealed: Secrets): Attempt => openState(attempt, sealed)

/** False while `start` has not come back. */
export const hasStarted = (sealed: Secrets): boolean => attempt.safeParse(sealed).success

/** Whoever has the link could still use it; a code that comes too late is exchanged without it. */
export const withoutLink = (one: Attempt): Attempt => ({ ...one, url: '' })

/** @throws GatewayError INTERNAL for what this connector did not write */
export const parseKeptAccounts = (sealed: Secrets | null): readonly KeptAccount[] =>
  sealed === null ? [] : openState(consentSecrets, sealed).accounts
