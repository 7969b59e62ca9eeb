import { sessionJobsDropped, updateSession } from '../domain/advance.ts'
import { type AuthSession, isFinalSession } from '../domain/auth-session.ts'
import type { Consent } from '../domain/consent.ts'
import type { Moment } from '../domain/observe.ts'
import type { Write } from '../domain/store.ts'

const isScrubbed = ({ secrets, access, requestedAccess, providerStatus }: Consent): boolean =>
  secrets === null &&
  access === null &&
  requestedAccess.accountIds === null &&
  requestedAccess.permissions.length === 0 &&
  (providerStatus?.detail ?? null) === null

/** What is left of a consent is when and with whom; not what it opened, nor what the provider said in words. */
export const scrubConsent = (consent: Consent, { now }: Moment): readonly Write[] => {
  if (isScrubbed(consent)) return []
  const scrubbed: Consent = {
    ...consent,
    secrets: null,
    access: null,
    requestedAccess: { ...consent.requestedAccess, accountIds: null, permissions: [] },
    providerStatus: consent.providerStatus === null ? null : { ...consent.providerStatus, detail: null },
    version: consent.version + 1,
    updatedAt: now,
  }
  return [{ kind: 'consent.update', consent: scrubbed }]
}

export const scrubSession = (session: AuthSession, moment: Moment): readonly Write[] => {
  const status = isFinalSession(session.status) ? session.status : 'CANCELLED'
  const empty = { status, state: {}, nextStep: null, returnTo: null, problem: null, inFlight: null, pendingEnd: null }
  const isEmpty =
    status === session.status &&
    Object.keys(session.state).length === 0 &&
    [session.nextStep, session.returnTo, session.problem, session.inFlight, session.pendingEnd].every(
      (held) => held === null,
    )
  return isEmpty ? [] : [updateSession(session, empty, moment).write, ...sessionJobsDropped(session)]
}

/** Of an attempt that has ended, what its provider's late answer does not need. */
export const scrubWaitingSession = (session: AuthSession, moment: Moment): readonly Write[] => {
  if (session.returnTo === null && session.pendingEnd === null) return []
  return [updateSession(session, { returnTo: null, pendingEnd: null }, moment).write]
}
