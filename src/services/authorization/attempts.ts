import {
  advance,
  type Attempt,
  endSession,
  sessionEndOf,
  sessionJobsDropped,
  settleCall,
  updateSession,
} from '../../domain/advance.ts'
import { type AuthSessionStatus, isFinalSession, type PendingEnd } from '../../domain/auth-session.ts'
import {
  type ConsentStatus,
  type ConsentStatusReason,
  isFinalConsent,
  type ObservationSource,
} from '../../domain/consent.ts'
import { GatewayError } from '../../domain/errors.ts'
import { hasExpired } from '../../domain/expiry.ts'
import { type AuthSessionId, isId, type RequestId } from '../../domain/ids.ts'
import { askRevocation, type Moment, observe } from '../../domain/observe.ts'
import { type ProblemReport, toProblemReport } from '../../domain/problem.ts'
import type { ProviderConsent, SessionStep } from '../../domain/provider.ts'
import type { Scope, Write } from '../../domain/store.ts'
import { commitOrThrow, untilCommitted } from '../commit.ts'
import { momentOf, type ServiceContext } from '../context.ts'
import { supersede } from '../succession.ts'

/** How the gateway itself ends an attempt. */
export interface AttemptEnd {
  readonly session: AuthSessionStatus
  readonly consent: ConsentStatus
  readonly reason: ConsentStatusReason
  readonly source: ObservationSource
  readonly problem: ProblemReport | null
  /** No call is under way any more, and nothing of one is looked for. */
  readonly callOver?: true
}

const UNOWNED_POLL_MS = 5_000

/** The writes that a change of the attempt takes; may run again after a lost race. */
type Decide = (attempt: Attempt) => readonly Write[] | Promise<readonly Write[]>

export interface Attempts {
  /**
   * The session and its consent as they stand at this moment: one that has run out is ended first.
   *
   * @throws GatewayError NOT_FOUND
   */
  load(scope: Scope, id: string, ...path: readonly string[]): Promise<Attempt>
  /**
   * Takes a connector's answer to the start of an attempt, as whoever has just stored it. Each version of a session is followed by
   * one: where the attempt was changed meanwhile it is read again, as for `take`.
   */
  takeStart(attempt: Attempt, step: SessionStep): Promise<void>
  /** Takes a connector's answer. A session that ended meanwhile keeps its end. */
  take(id: AuthSessionId, step: SessionStep, source: ObservationSource, also?: readonly Write[]): Promise<Attempt>
  /**
   * Nothing came of it, or nothing that is known: the session ends FAILED and says why.
   *
   * @param looksOn what the lost call has left is still looked for
   */
  fail(
    id: AuthSessionId,
    error: GatewayError,
    requestId: RequestId,
    also?: readonly Write[],
    looksOn?: boolean,
  ): Promise<Attempt>
  /** Ends an open attempt that the person has left. */
  abandon(id: AuthSessionId): Promise<Attempt>
  /** Ends an attempt that is past its time; leaves any other alone. */
  expire(id: AuthSessionId, also?: readonly Write[]): Promise<Attempt | null>
  /** Reads, changes, commits; again after a lost race. `change` returns the writes beside the attempt. */
  change(id: AuthSessionId, decide: Decide): Promise<Attempt>
  /** A callback without a grant: the end it asks for waits for the grace window. */
  deny(id: AuthSessionId, step: SessionStep, said: ProviderConsent, also?: readonly Write[]): Promise<Attempt>
  /** The grace window is over: the end that waited for it comes. */
  settleDenial(id: AuthSessionId, also: readonly Write[]): Promise<Attempt>
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
  const callOver = end.callOver === true ? ({ inFlight: null } as const) : {}
  const ended = endSession({ session, consent }, { status: end.session, problem: end.problem, ...callOver }, moment)
  const open = !isFinalConsent(consent.status) && consent.status !== 'AUTHORIZED'
  if (!open) return ended
  const takeBack = consent.providerConsentId !== null
  const news = { status: end.consent, reason: end.reason, source: end.source, said: null }
  const change = observe(consent, news, moment, takeBack ? { revocation: askRevocation(moment.now) } : {})
  const job: Write = { kind: 'job.schedule', job: { kind: 'REVOKE', subject: consent.id }, dueAt: takeBackAt }
  return [...ended, ...change.writes, ...(takeBack ? [job] : [])]
}

/** The end of an attempt that came back without a grant. The bank has nothing of it to take back. */
const endDenied = ({ session, consent }: Attempt, end: PendingEnd, moment: Moment): readonly Write[] => {
  const said = { ...end, providerConsentId: null, expiresAt: null, access: null, secrets: null }
  const news = { status: end.status, reason: end.reason, source: 'CALLBACK', said } as const
  const learned = observe(consent, news, moment)
  const ended = updateSession(
    session,
    { status: sessionEndOf(learned.consent), nextStep: null, inFlight: null, pendingEnd: null },
    moment,
  )
  return [...learned.writes, ended.write, ...sessionJobsDropped(session)]
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

  /** @param known as it was stored a moment ago: it is read only where somebody has changed it since */
  const commitChange = async (id: AuthSessionId, decide: Decide, known: Attempt | null = null): Promise<void> => {
    let attempt = known
    await untilCommitted(async () => {
      const current = attempt ?? (await readKnown(id))
      attempt = null
      await commitOrThrow(store, await decide(current))
    })
  }

  const change = async (id: AuthSessionId, decide: Decide): Promise<Attempt> => {
    await commitChange(id, decide)
    return await readKnown(id)
  }

  const taking =
    (step: SessionStep, source: ObservationSource, also: readonly Write[]): Decide =>
    async (attempt) => {
      const next = advance(attempt, await ownedPart(attempt, step), source, momentOf(context))
      return [...also, ...(await supersede(context, attempt.consent, next.consent)), ...next.writes]
    }

  /** A provider consent has one live owner among our rows: what another one owns says nothing of this attempt. */
  const ownedPart = async ({ consent }: Attempt, step: SessionStep): Promise<SessionStep> => {
    const named = step.consent?.providerConsentId ?? null
    if (named === null || named === consent.providerConsentId) return step
    const [owner] = await store.consents.byProviderConsentIds(consent.provider, [named])
    const isFree = owner === null || owner === undefined || owner.id === consent.renewedFrom
    if (isFree || isFinalConsent(owner.status)) return step
    const next = step.next.kind === 'DONE' ? ({ kind: 'WAIT', pollAfterMs: UNOWNED_POLL_MS } as const) : step.next
    return { ...step, next, consent: null }
  }

  /** Who came back in time is not late because the exchange takes a while. */
  const isPastItsTime = ({ session, consent }: Attempt): boolean => {
    const now = context.clock.now()
    const isOver = isFinalConsent(consent.status) || hasExpired(consent, now)
    const isLate = session.inFlight !== 'COMPLETE' && session.expiresAt.getTime() <= now.getTime()
    return !isFinalSession(session.status) && (isOver || isLate)
  }

  /** Where an exchange is under way, its outcome decides; should that be to wait on, there is no time left for it. */
  const expireLater = ({ session }: Attempt): readonly Write[] =>
    session.inFlight === 'COMPLETE' && !isFinalSession(session.status)
      ? [
          {
            kind: 'job.schedule',
            job: { kind: 'EXPIRE_SESSION', subject: session.id },
            dueAt: new Date(context.clock.now().getTime() + context.settings.providerCallMs),
          },
        ]
      : []

  const endInTime = ({ session, consent }: Attempt): AttemptEnd => {
    const out = hasExpired(consent, context.clock.now())
    const reason = out ? 'VALIDITY_ENDED' : session.status === 'AWAITING_USER' ? 'ABANDONED' : 'SESSION_EXPIRED'
    const ended = isFinalConsent(consent.status) ? sessionEndOf(consent) : 'EXPIRED'
    return { session: ended, consent: 'EXPIRED', reason, source: 'CLOCK', problem: null }
  }

  const expire = async (id: AuthSessionId, also: readonly Write[] = []): Promise<Attempt> =>
    await change(id, (attempt) => {
      if (!isPastItsTime(attempt)) return [...also, ...expireLater(attempt)]
      const { pendingEnd } = attempt.session
      if (pendingEnd !== null) return [...also, ...endDenied(attempt, pendingEnd, momentOf(context))]
      return [...also, ...endAttempt(attempt, endInTime(attempt), momentOf(context))]
    })

  return {
    change,
    expire,

    load: async (scope, id, ...path) => {
      const attempt = isId('aus', id) ? await read(scope, id) : null
      if (attempt === null) throw new GatewayError('NOT_FOUND', { message: 'No such authorization session.', path })
      return isPastItsTime(attempt) ? await expire(attempt.session.id) : attempt
    },

    takeStart: (attempt, step) => commitChange(attempt.session.id, taking(step, 'START', []), attempt),

    take: (id, step, source, also = []) => change(id, taking(step, source, also)),

    deny: (id, step, { status, reason, raw, detail }, also = []) =>
      change(id, ({ session, consent }) => {
        const moment = momentOf(context)
        if (isFinalSession(session.status)) return [...also, ...settleCall({ session, consent }, moment, step.state)]
        if (status === null) return also
        const pendingEnd = { status, reason, raw, detail }
        const waiting = { status: 'VERIFYING', nextStep: null, inFlight: null, state: step.state, pendingEnd } as const
        const dueAt = new Date(moment.now.getTime() + context.settings.callbackGraceMs)
        return [
          ...also,
          updateSession(session, waiting, moment).write,
          { kind: 'job.drop', job: { kind: 'RECONCILE_SESSION', subject: id } },
          { kind: 'job.schedule', job: { kind: 'DENY_SESSION', subject: id }, dueAt },
        ]
      }),

    abandon: (id) =>
      change(id, (attempt) => {
        if (isFinalSession(attempt.session.status)) return []
        const end = {
          session: 'EXPIRED',
          consent: 'EXPIRED',
          reason: 'ABANDONED',
          source: 'CLOCK',
          problem: null,
        } as const
        return endAttempt(attempt, end, momentOf(context))
      }),

    settleDenial: (id, also) =>
      change(id, (attempt) => {
        const { status, pendingEnd } = attempt.session
        // A code that came meanwhile is being exchanged: its outcome decides.
        if (isFinalSession(status) || pendingEnd === null || attempt.session.inFlight !== null) return also
        return [...also, ...endDenied(attempt, pendingEnd, momentOf(context))]
      }),

    fail: (id, error, requestId, also = [], looksOn = false) =>
      change(id, (attempt) => {
        const { status, inFlight, state, problem } = attempt.session
        if (isFinalSession(status)) {
          // A code that came too late, and that nothing is known of.
          const told = inFlight === 'COMPLETE' ? toProblemReport(error, requestId) : problem
          return looksOn ? also : [...also, ...settleCall(attempt, momentOf(context), state, told)]
        }
        const end: AttemptEnd = {
          session: 'FAILED',
          consent: 'FAILED',
          reason: 'PROVIDER_ERROR',
          source: 'CLOCK',
          problem: toProblemReport(error, requestId),
          ...(!looksOn && { callOver: true }),
        }
        return [...also, ...endAttempt(attempt, end, momentOf(context))]
      }),
  }
}
