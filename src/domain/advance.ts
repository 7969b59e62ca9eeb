import { type AuthSession, type AuthSessionStatus, canMoveSession, isFinalSession } from './auth-session.ts'
import { type Consent, type ConsentStatus, isFinalConsent, type ObservationSource } from './consent.ts'
import { type ConsentChange, type ConsentNews, eventOf, isAwaitingCall, type Moment, observe } from './observe.ts'
import type { SessionStep } from './provider.ts'
import type { AuthStep, Challenge, NextStep } from './step.ts'
import type { JobKind } from './job.ts'
import type { Write } from './store.ts'

export interface Attempt {
  readonly session: AuthSession
  readonly consent: Consent
}

export interface AttemptChange extends Attempt {
  readonly writes: readonly Write[]
}

/** How an attempt ended, told from its consent. */
const SESSION_END = {
  INITIATED: 'FAILED',
  AWAITING_AUTHORIZATION: 'FAILED',
  PARTIALLY_AUTHORIZED: 'COMPLETED',
  AUTHORIZED: 'COMPLETED',
  REJECTED: 'FAILED',
  REVOKED: 'FAILED',
  EXPIRED: 'EXPIRED',
  FAILED: 'FAILED',
} as const satisfies Record<ConsentStatus, AuthSessionStatus>

export const sessionEndOf = (consent: Pick<Consent, 'status' | 'statusReason'>): AuthSessionStatus =>
  consent.statusReason === 'DENIED_BY_USER' || consent.statusReason === 'CANCELLED_BY_USER'
    ? 'CANCELLED'
    : SESSION_END[consent.status]

const isChallenge = (next: NextStep): next is Challenge => next.kind !== 'WAIT' && next.kind !== 'DONE'

const toAuthStep = (session: AuthSession, challenge: Challenge, { ids }: Moment): AuthStep => ({
  ...challenge,
  id: session.nextStep?.ref === challenge.ref ? session.nextStep.id : ids.next('stp'),
})

/** Another frame of the code that is shown, and nothing else to tell. */
const isOnlyFrame = (session: AuthSession, status: AuthSessionStatus, next: AuthStep | null): boolean => {
  const [was, is] = [session.nextStep, next]
  if (was?.kind !== 'QR' || is?.kind !== 'QR' || status !== session.status) return false
  return JSON.stringify({ ...was, frame: is.frame }) === JSON.stringify(is)
}

/**
 * A session's next version; conflicts in the store when somebody else was faster. One that is over forgets what its
 * connector no longer needs.
 */
export const updateSession = (
  session: AuthSession,
  change: Partial<Omit<AuthSession, 'id' | 'version' | 'stateHash'>>,
  { now, stateAfterEnd }: Moment,
): { readonly session: AuthSession; readonly write: Write } => {
  const changed: AuthSession = { ...session, ...change, version: session.version + 1, updatedAt: now }
  const isOver = isFinalSession(changed.status) && changed.inFlight === null
  const next = isOver ? { ...changed, state: stateAfterEnd?.(changed) ?? {} } : changed
  return { session: next, write: { kind: 'session.update', session: next } }
}

const dropped = (kind: JobKind, { id: subject }: AuthSession): Write => ({ kind: 'job.drop', job: { kind, subject } })

/** What a final session no longer needs. */
export const sessionJobsDropped = (session: AuthSession): readonly Write[] =>
  (['EXPIRE_SESSION', 'DENY_SESSION', 'RECONCILE_SESSION'] as const).map((kind) => dropped(kind, session))

/**
 * The writes that end a session from outside of its calls. What a call that is under way may bring is still waited for, to
 * be taken back, and looked for where its answer never comes. So is a grant that nobody has told us of.
 *
 * @param end `inFlight: null` where the call is known to be over
 */
export const endSession = (
  { session, consent }: Attempt,
  end: Pick<AuthSession, 'status'> & Partial<Pick<AuthSession, 'problem' | 'inFlight'>>,
  moment: Moment,
): readonly Write[] => {
  const { write } = updateSession(session, { ...end, nextStep: null }, moment)
  const over = [write, dropped('EXPIRE_SESSION', session), dropped('DENY_SESSION', session)]
  if (session.inFlight !== null) return over
  const look = { kind: 'RECONCILE_SESSION', subject: session.id } as const
  return consent.providerConsentId === null
    ? [...over, { kind: 'job.schedule', job: look, dueAt: moment.realNow }]
    : [...over, { kind: 'job.drop', job: look }]
}

/** The call that was under way when its attempt ended has come back, or is given up: nothing more comes of it. */
export const settleCall = (
  { session, consent }: Attempt,
  moment: Moment,
  state: AuthSession['state'] = session.state,
  problem: AuthSession['problem'] = session.problem,
): readonly Write[] => {
  if (!isFinalSession(session.status) || session.inFlight === null) return []
  const { write } = updateSession(session, { inFlight: null, state, problem }, moment)
  const revoke = { kind: 'REVOKE', subject: consent.id } as const
  const waited: Write = { kind: 'job.hasten', job: revoke, dueAt: moment.realNow }
  return isAwaitingCall(consent.revocation) ? [write, waited] : [write]
}

const pollOf = (session: AuthSession, afterMs: number | null, { realNow }: Moment): Write => {
  const job = { kind: 'RECONCILE_SESSION', subject: session.id } as const
  return afterMs === null
    ? { kind: 'job.drop', job }
    : { kind: 'job.schedule', job, dueAt: new Date(realNow.getTime() + afterMs) }
}

const newsOf = (consent: Consent, step: SessionStep, source: ObservationSource): ConsentNews | null => {
  if (step.consent !== null)
    return { status: step.consent.status, reason: step.consent.reason, source, said: step.consent }
  if (consent.status === 'INITIATED' && isChallenge(step.next)) {
    return { status: 'AWAITING_AUTHORIZATION', reason: null, source, said: null }
  }
  return null
}

/**
 * Takes what a connector answered for a session: moves session and consent together. A session that has ended keeps its
 * end; the consent still learns what the provider said.
 */
export const advance = (
  { session, consent }: Attempt,
  step: SessionStep,
  source: ObservationSource,
  moment: Moment,
): AttemptChange => {
  const news = newsOf(consent, step, source)
  const learned: ConsentChange = news === null ? { consent, writes: [] } : observe(consent, news, moment)
  if (isFinalSession(session.status)) {
    const settled = settleCall({ session, consent: learned.consent }, moment, step.state)
    return { session, consent: learned.consent, writes: [...learned.writes, ...settled] }
  }

  const ended = isFinalConsent(learned.consent.status) || learned.consent.status === 'AUTHORIZED'
  const next: NextStep = ended ? { kind: 'DONE' } : step.next
  const nextStep = isChallenge(next) ? toAuthStep(session, next, moment) : null
  const status: AuthSessionStatus =
    next.kind === 'DONE' ? sessionEndOf(learned.consent) : next.kind === 'WAIT' ? 'VERIFYING' : 'AWAITING_USER'
  if (!canMoveSession(session.status, status) && status !== session.status) {
    return { session, consent: learned.consent, writes: learned.writes }
  }
  const change = {
    status,
    nextStep,
    state: step.state,
    inFlight: null,
    pendingEnd: null,
    problem: null,
    expiresAt: step.expiresAt ?? session.expiresAt,
  }
  const changed = Object.entries(change).some(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(session[name as keyof typeof change]),
  )
  const frames = session.frames + (isOnlyFrame(session, status, nextStep) ? 1 : 0)
  const moved = changed ? updateSession(session, { ...change, frames }, moment) : { session, write: null }
  const writes: Write[] = [...learned.writes, ...(moved.write === null ? [] : [moved.write])]
  const pollAfterMs = next.kind === 'WAIT' ? next.pollAfterMs : (step.pollAfterMs ?? null)
  if (isFinalSession(status)) writes.push(...sessionJobsDropped(session))
  else writes.push(pollOf(session, pollAfterMs, moment))
  if (!isFinalSession(status) && moved.session.expiresAt.getTime() !== session.expiresAt.getTime()) {
    writes.push({
      kind: 'job.schedule',
      job: { kind: 'EXPIRE_SESSION', subject: session.id },
      dueAt: moved.session.expiresAt,
    })
  }
  if (nextStep !== null && nextStep.id !== session.nextStep?.id) {
    writes.push(
      eventOf(learned.consent, { type: 'AuthStepChanged', authSessionId: session.id, stepId: nextStep.id }, moment),
    )
  }
  return { session: moved.session, consent: learned.consent, writes }
}
