import { z } from 'zod'
import type { Secrets } from '../../domain/consent.ts'
import { openState } from '../sealed-state.ts'

const view = z.object({ bank_id: z.string(), account_id: z.string(), view_id: z.string() })
const entitlement = z.object({ bank_id: z.string(), role_name: z.string() })

/** What one authorization asks for. By it a consent is known again whose creation got lost. */
const draft = z.object({
  bankId: z.string(),
  method: z.enum(['SMS', 'EMAIL', 'IMPLICIT']),
  maskedDestination: z.string().nullable(),
  consumerId: z.string().nullable(),
  everything: z.boolean(),
  /** Null: those of the accounts, which `start` looks up. */
  views: z.array(view).nullable(),
  /** Null: all at the bank. */
  accountIds: z.array(z.string()).nullable(),
  entitlements: z.array(entitlement),
  /** Epoch seconds. */
  validFrom: z.int(),
  timeToLiveSeconds: z.int().min(1),
  userToken: z.string().nullable(),
})

/**
 * `destination` is the PSU's phone number or e-mail address in clear, sealed at rest like all of it: a resend must give it
 * to the server again. Null where the session was recovered: then nothing can be sent again.
 */
const session = draft.extend({
  views: z.array(view),
  consentId: z.string(),
  destination: z.string().nullable(),
  /** Is a Consent-JWT kept that could be read? One that cannot does not take its place. */
  hasReadableJwt: z.boolean(),
  /** Epoch seconds: by the last JWT that said so, else as asked for. */
  endsAt: z.int(),
})

/** What using, reading and renewing a consent takes. */
const consentSecrets = z.compile(
  z.object({
    /** Null where the server gave none: without it no accounts can be read. */
    jwt: z.string().nullable(),
    bankId: z.string(),
    consumerId: z.string().nullable(),
    everything: z.boolean(),
    userToken: z.string().nullable(),
  }),
)

export type Draft = Readonly<z.infer<typeof draft>>
export type Session = Readonly<z.infer<typeof session>>
/** What was asked for, with all that `start` looked up. */
export type Grant = Omit<Session, 'consentId' | 'hasReadableJwt' | 'endsAt'>
export type ConsentSecrets = Readonly<z.infer<typeof consentSecrets>>

/** These throw GatewayError INTERNAL for what this connector did not write. */
export const parseDraft = (sealed: Secrets): Draft => openState(draft, sealed)
export const parseSession = (sealed: Secrets): Session => openState(session, sealed)
export const parseConsentSecrets = (sealed: Secrets): ConsentSecrets => openState(consentSecrets, sealed)

/** False while only a draft is known: `start` has not come back. */
export const hasConsent = (sealed: Secrets): boolean => session.safeParse(sealed).success
