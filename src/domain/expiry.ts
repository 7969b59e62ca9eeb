import { type Consent, isFinalConsent } from './consent.ts'

/** The one answer to "has this consent run out?": used by reads, the clock and events alike. */
export const hasExpired = (consent: Pick<Consent, 'status' | 'expiresAt'>, now: Date): boolean =>
  !isFinalConsent(consent.status) && consent.expiresAt !== null && consent.expiresAt.getTime() <= now.getTime()
