import type { ProviderConsent, SessionStep } from '../../domain/provider.ts'
import type { NextStep, OtpChallenge } from '../../domain/step.ts'
import { toAccess, toDate, toStatus } from './mapping.ts'
import type { ConsentSecrets, Session } from './sealed.ts'
import type { ObpConsent } from './wire.ts'

const POLL_AFTER_MS = 5_000

/** 1 to 8 digits: the server takes a random number below 99,999,999 and writes it without padding. */
export const OTP_PATTERN = '^[0-9]{1,8}$'

/** @param secrets null keeps what is stored */
export const toProviderConsent = (consent: ObpConsent, secrets: ConsentSecrets | null): ProviderConsent => {
  const meaning = toStatus(consent.status)
  return {
    providerConsentId: consent.id,
    status: meaning?.status ?? null,
    raw: consent.status,
    detail: null,
    reason: meaning?.reason ?? null,
    expiresAt: toDate(consent.claims.expiresAt),
    access: meaning?.status === 'AUTHORIZED' ? toAccess(consent.claims) : null,
    secrets,
  }
}

const SENT = {
  SMS: 'The bank has sent a code by SMS.',
  EMAIL: 'The bank has sent a code by e-mail.',
  IMPLICIT: 'The bank has sent a code in the way it has agreed with you.',
} as const

const toChallenge = (consent: ObpConsent, session: Session): OtpChallenge => ({
  kind: 'OTP',
  ref: consent.id,
  title: 'Enter the code',
  instructions: `${SENT[session.method]} There is one attempt: a wrong code ends this request.`,
  // A code has no life of its own; what it authorizes has.
  expiresAt: toDate(consent.claims.expiresAt),
  fallbackUrl: null,
  channel: session.method,
  maskedDestination: session.maskedDestination,
  pattern: OTP_PATTERN,
  attemptsRemaining: 1,
  canResend: session.method === 'IMPLICIT' || session.destination !== null,
  resendAvailableAt: null,
  onWrongAnswer: 'CONSENT_IS_LOST',
})

/** What the server says of the session's consent, and what the PSU does next. Of an unknown word: look again. */
export const toSessionStep = (
  consent: ObpConsent,
  from: Omit<Session, 'consentId'>,
): SessionStep & { readonly consent: ProviderConsent } => {
  const session: Session = { ...from, consentId: consent.id }
  const { bankId, consumerId, everything, userToken } = session
  const said = toProviderConsent(consent, { jwt: consent.jwt, bankId, consumerId, everything, userToken })
  const next: NextStep =
    said.status === 'AWAITING_AUTHORIZATION'
      ? toChallenge(consent, session)
      : said.status === null
        ? { kind: 'WAIT', pollAfterMs: POLL_AFTER_MS }
        : { kind: 'DONE' }
  return { next, state: session, consent: said }
}
