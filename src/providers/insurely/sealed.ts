import { z } from 'zod'
import type { Secrets } from '../../domain/consent.ts'
import { openState } from '../sealed-state.ts'

/** What one authorization needs beside the PSU's personal number, which is kept nowhere. */
const draft = z.object({
  company: z.string(),
  language: z.enum(['en', 'sv']),
  /** Where the app leads back to. */
  redirect: z.string().nullable(),
})

const frame = z.object({ text: z.string(), sequence: z.int(), validUntil: z.iso.datetime() })

const session = draft.extend({
  userRef: z.string(),
  consentId: z.string(),
  /** The last that was shown. */
  frame: frame.nullable(),
})

export type Draft = Readonly<z.infer<typeof draft>>
export type Frame = Readonly<z.infer<typeof frame>>
export type Session = Readonly<z.infer<typeof session>>

/** These throw GatewayError INTERNAL for what this connector did not write. */
export const parseDraft = (sealed: Secrets): Draft => openState(draft, sealed)
export const parseSession = (sealed: Secrets): Session => openState(session, sealed)

/** False while only a draft is known: `start` has not come back. */
export const hasConsent = (sealed: Secrets): boolean => session.safeParse(sealed).success
