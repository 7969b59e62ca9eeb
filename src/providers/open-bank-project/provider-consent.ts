import type { ProviderConsent, SessionStep } from '../../domain/provider.ts'
import type { NextStep, OtpChallenge } from '../../domain/step.ts'
import { toAccess, toDate, toStatus } from './mapping.ts'
import type { ConsentSecrets, Grant, Session } from './sealed.ts'
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
    // Of a JWT that does not say so, the end stays as it is known.
    expiresAt: consent.claims?.expiresAt == null ? null : toDate(consent.claims.expiresAt),
    access: meaning?.status === 'AUTHORIZED' && consent.claims !== null ? toAccess(consent.claims) : null,
    secrets,
  }
}

const SENT = {
  SMS: 'The bank has sent a code by SMS.',
  EMAIL: 'The bank has sent a code by e-mail.',
  IMPLICIT: 'The bank has sent a code in the way it has agreed with you.',
} as const

const toChallenge = (session: Session, expiresAt: Date | null): OtpChallenge => ({
  kind: 'OTP',
  ref: session.consentId,
  title: 'Enter the code',
  instructions: `${SENT[session.method]} There is one attempt: a wrong code ends this request.`,
  // A code has no life of its own; what it authorizes has.
  expiresAt,
  fallbackUrl: null,
  channel: session.method,
  maskedDestination: session.maskedDestination,
  pattern: OTP_PATTERN,
  attemptsRemaining: 1,
  canResend: session.method === 'IMPLICIT' || session.destination !== null,
  resendAvailableAt: null,
  onWrongAnswer: 'CONSENT_IS_LOST',
})

type ConsentStep = SessionStep & { readonly consent: ProviderConsent }

/**
 * What the server says of the session's consent, and what the PSU does next. Of an unknown word: look again. A JWT is
 * needed to read accounts, not to know the status: one that is missing or cannot be read leaves the one before, and the
 * end as it was.
 */
const toStep = (consent: ObpConsent, session: Session, isFirst: boolean): ConsentStep => {
  const { bankId, consumerId, everything, userToken } = session
  const isReadable = consent.claims !== null
  const replaces = isFirst || isReadable || (consent.jwt !== null && !session.hasReadableJwt)
  const secrets = replaces ? { jwt: consent.jwt, bankId, consumerId, everything, userToken } : null
  const endsAt = consent.claims?.expiresAt ?? session.endsAt
  const expiresAt = toDate(endsAt)
  const said = { ...toProviderConsent(consent, secrets), expiresAt }
  const next: NextStep =
    said.status === 'AWAITING_AUTHORIZATION'
      ? toChallenge(session, expiresAt)
      : said.status === null
        ? { kind: 'WAIT', pollAfterMs: POLL_AFTER_MS }
        : { kind: 'DONE' }
  const state: Session = { ...session, hasReadableJwt: isReadable || session.hasReadableJwt, endsAt }
  return { next, state, consent: said }
}

/** Of a consent that was made just now. */
export const toFirstStep = (consent: ObpConsent, grant: Grant): ConsentStep =>
  toStep(
    consent,
    {
      ...grant,
      consentId: consent.id,
      hasReadableJwt: false,
      endsAt: grant.validFrom + grant.timeToLiveSeconds,
    },
    true,
  )

export const toNextStep = (consent: ObpConsent, session: Session): ConsentStep => toStep(consent, session, false)
