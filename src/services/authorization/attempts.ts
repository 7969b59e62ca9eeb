import { advance, type Attempt, sessionJobsDropped, updateSession } from '../../domain/advance.ts'
import { type AuthSession, type AuthSessionStatus, isFinalSession } from '../../domain/auth-session.ts'
import {
  type Consent,
  type ConsentStatus,
  type ConsentStatusReason,
  isFinalConsent,
  type ObservationSource,
} from '../../domain/consent.ts'
import { GatewayError } from '../../domain/errors.ts'
import { type AuthSessionId, isId, type RequestId } from '../../domain/ids.ts'
import { askRevocation, type Moment, observe } from '../../domain/observe.ts'
import { type ProblemReport, toProblemReport } from '../../domain/problem.ts'
import type { SessionStep } from '../../domain/provider.ts'
import type { Scope, Write } from '../../domain/store.ts'
import { commitOrThrow, untilCommitted } from '../commit.ts'
import { momentOf, type ServiceContext } from '../context.ts'

/** How the gateway itself ends an attempt. */
export interface AttemptEnd {
  readonly session: AuthSessionStatus
  readonly consent: ConsentStatus
  readonly reason: ConsentStatusReason
  readonly source: ObservationSource
  readonly problem: ProblemReport | null
}

export interface Attempts {
  /**
   * The session and its consent as they stand at this moment: one that has run out is ended first.
   *
   * @throws GatewayError NOT_FOUND
   */
  load(scope: Scope, id: string, ...path: readonly string[]): Promise<Attempt>
  /** Takes a connector's answer. A session that ended meanwhile keeps its end. */
  take(id: AuthSessionId, step: SessionStep, source: ObservationSource, also?: readonly Write[]): Promise<Attempt>
  /** Nothing came of it: the session ends FAILED and says why. */
  fail(id: AuthSessionId, error: GatewayError, requestId: RequestId, also?: readonly Write[]): Promise<Attempt>
  /** Ends an attempt that is past its time; leaves any other alone. */
  expire(id: AuthSessionId, also?: readonly Write[]): Promise<Attempt | null>
  /** Reads, changes, commits; again after a lost race. `change` returns the writes beside the attempt. */
  change(id: AuthSessionId, change: (attempt: Attempt) => readonly Write[]): Promise<Attempt>
}

/**
 * The writes that end an attempt. Where the provider has a consent of it, that is taken back: else it could be
 * authorized later, and nobody would see it.
 */
export const endAttempt = (
  { session, consent }: Attempt,
  end: AttemptEnd,
  moment: Moment,
  takeBackAt = moment.realNow,
): readonly Write[] => {
  const ended = updateSession(
    session,
    { status: end.session, nextStep: null, inFlight: null, problem: end.problem },
    moment,
  )
  const open = !isFinalConsent(consent.status) && consent.status !== 'AUTHORIZED'
  if (!open) return [ended.write, ...sessionJobsDropped(session)]
  const takeBack = consent.providerConsentId !== null
  const news = { status: end.consent, reason: end.reason, source: end.source, said: null }
  const change = observe(consent, news, moment, takeBack ? { revocation: askRevocation(moment.now) } : {})
  const job: Write = { kind: 'job.schedule', job: { kind: 'REVOKE', subject: consent.id }, dueAt: takeBackAt }
  return [ended.write, ...sessionJobsDropped(session), ...change.writes, ...(takeBack ? [job] : [])]
}

export const createAttempts = (context: ServiceContext): Attempts => {
  const { store } = context

  const read = async (scope: Scope, id: AuthSessionId): Promise<Attempt | null> => {
    const [session] = await store.sessions.byIds(scope, [id])
    if (session === null || session === undefined) return null
    const [consent] = await store.consents.byIds(scope, [session.consentId])
    return consent === null || consent === undefined ? null : { session, consent }
  }

  const readKnown = async (id: AuthSessionId): Promise<Attempt> => {
    const attempt = await read('SYSTEM', id)
    if (attempt === null) throw new GatewayError('INTERNAL', { cause: new Error(`session ${id} is gone`) })
    return attempt
  }

  const change = async (id: AuthSessionId, decide: (attempt: Attempt) => readonly Write[]): Promise<Attempt> => {
    await untilCommitted(async () => commitOrThrow(store, decide(await readKnown(id))))
    return readKnown(id)
  }

  const isPastItsTime = ({ session, consent }: { session: AuthSession; consent: Consent }): boolean =>
    !isFinalSession(session.status) &&
    (session.expiresAt.getTime() <= context.clock.now().getTime() || isFinalConsent(consent.status))

  const expire = async (id: AuthSessionId, also: readonly Write[] = []): Promise<Attempt> =>
    change(id, (attempt) => {
      if (!isPastItsTime(attempt)) return also
      const { status } = attempt.session
      const reason = status === 'AWAITING_USER' ? 'ABANDONED' : 'SESSION_EXPIRED'
      const end: AttemptEnd = { session: 'EXPIRED', consent: 'EXPIRED', reason, source: 'CLOCK', problem: null }
      return [...also, ...endAttempt(attempt, end, momentOf(context))]
    })

  return {
    change,
    expire,

    load: async (scope, id, ...path) => {
      const attempt = isId('aus', id) ? await read(scope, id) : null
      if (attempt === null) throw new GatewayError('NOT_FOUND', { message: 'No such authorization session.', path })
      return isPastItsTime(attempt) ? expire(attempt.session.id) : attempt
    },

    take: (id, step, source, also = []) =>
      change(id, (attempt) => [...also, ...advance(attempt, step, source, momentOf(context)).writes]),

    fail: (id, error, requestId, also = []) =>
      change(id, (attempt) => {
        if (isFinalSession(attempt.session.status)) return also
        const end: AttemptEnd = {
          session: 'FAILED',
          consent: 'FAILED',
          reason: 'PROVIDER_ERROR',
          source: 'CLOCK',
          problem: toProblemReport(error, requestId),
        }
        return [...also, ...endAttempt(attempt, end, momentOf(context))]
      }),
  }
}
