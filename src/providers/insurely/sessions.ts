import { z } from 'zod'
import type { Secrets } from '../../domain/consent.ts'
import type { CallContext, ProviderUser } from '../../domain/provider.ts'
import type { InsurelySession } from './wire.ts'

/** What `ProviderUser.secrets` holds. */
const kept = z.object({ token: z.string(), expiresAt: z.iso.datetime().nullable() })

export const toUserSecrets = ({ token, expiresAt }: InsurelySession): Secrets => ({
  token,
  expiresAt: expiresAt?.toISOString() ?? null,
})

/** JWTs of users. They cannot be refreshed, but another can be had at any time by API key. */
export interface Sessions {
  /** Takes over what is kept of a user, where nothing newer is known. */
  seed(user: ProviderUser): void
  token(userRef: string, call: CallContext): Promise<string>
  /** Insurely refused this token. */
  drop(userRef: string, token: string): void
}

/** Before its end a token is replaced this early: clocks differ, and calls take time. Real time, as tokens keep. */
const MARGIN_MS = 30_000
const CAPACITY = 10_000

export const createSessions = (open: (userRef: string, call: CallContext) => Promise<InsurelySession>): Sessions => {
  const held = new Map<string, InsurelySession>()

  const isFresh = ({ expiresAt }: InsurelySession): boolean =>
    expiresAt == null || expiresAt.getTime() - MARGIN_MS > Date.now()

  const hold = (userRef: string, session: InsurelySession): void => {
    held.delete(userRef)
    held.set(userRef, session)
    const [oldest] = held.keys()
    if (held.size > CAPACITY && oldest !== undefined) held.delete(oldest)
  }

  return {
    seed: ({ ref, secrets }) => {
      const parsed = kept.safeParse(secrets)
      const known = held.get(ref)
      if (!parsed.success || (known !== undefined && isFresh(known))) return
      const { token, expiresAt } = parsed.data
      const session = { token, expiresAt: expiresAt === null ? null : new Date(expiresAt) }
      if (isFresh(session)) hold(ref, session)
    },

    token: async (userRef, call) => {
      const known = held.get(userRef)
      if (known !== undefined && isFresh(known)) return known.token
      const session = await open(userRef, call)
      hold(userRef, session)
      return session.token
    },

    drop: (userRef, token) => {
      if (held.get(userRef)?.token === token) held.delete(userRef)
    },
  }
}
