import { type Attempt, settleCall } from '../../domain/advance.ts'
import { type AuthSession, type InFlight, isFinalSession, isSamePlace } from '../../domain/auth-session.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { AuthSessionId } from '../../domain/ids.ts'
import type { CallContext, ProviderConnector, SessionStep } from '../../domain/provider.ts'
import type { Write } from '../../domain/store.ts'
import { callWithin, connectorOf, linkedUser } from '../connectors.ts'
import { momentOf, type ServiceContext } from '../context.ts'
import type { JobRun } from '../jobs.ts'
import type { Attempts } from './attempts.ts'

export type ReconcileSession = (id: AuthSessionId, run: JobRun) => Promise<void>

/** Real time. What an ended attempt has left is looked for this often where the provider could not be asked, and for a day. */
const LOOK_AGAIN_MS = 60_000
const LOOK_FOR_MS = 86_400_000
const RECENT_SESSIONS = 20

const LOST = {
  START: 'The provider never confirmed the start.',
  ANSWER: 'The answer did not reach the provider, or its outcome cannot be learned.',
  RESEND: 'The provider never confirmed the new code.',
  COMPLETE: 'The provider may have taken the code, but its answer was lost, and a code works once.',
} as const satisfies Record<InFlight, string>

const lostCall = (inFlight: InFlight): GatewayError =>
  new GatewayError('OUTCOME_UNKNOWN', { message: `${LOST[inFlight]} Start a new authorization.` })

const isGranted = ({ consent }: SessionStep): boolean =>
  consent?.status === 'AUTHORIZED' || consent?.status === 'PARTIALLY_AUTHORIZED'

/** An attempt that ended before the provider had a consent of it: only a callback can have said so. */
const isDenied = ({ next, consent }: SessionStep): boolean =>
  next.kind === 'DONE' && consent !== null && consent.status !== null && consent.providerConsentId === null

const hasChallenge = ({ next }: SessionStep): boolean => next.kind !== 'WAIT' && next.kind !== 'DONE'

/**
 * Names the state of a session whose last call never came back: its process died, or the answer got lost. Asks the
 * provider what it has; never repeats the call.
 */
export const createReconcile = (context: ServiceContext, attempts: Attempts): ReconcileSession => {
  const { store, connectors, settings } = context

  /** Of what a lost start left behind, only what no consent of ours owns; two such are nobody's. */
  const findStart = async (
    { session, consent }: Attempt,
    connector: ProviderConnector,
    call: CallContext,
  ): Promise<SessionStep | null> => {
    if (connector.recoverStart === undefined) return null
    const candidates = await connector.recoverStart(
      {
        draft: session.state,
        institutionRef: session.institutionRef,
        startedAt: session.createdAt,
        user: await linkedUser(store, consent),
      },
      call,
    )
    const ids = candidates.flatMap((candidate) => candidate.consent?.providerConsentId ?? [])
    const owners = await store.consents.byProviderConsentIds(session.provider, ids)
    const free = new Set(ids.filter((_, index) => owners[index] === null))
    const unowned = candidates.filter(({ consent: made }) => free.has(made?.providerConsentId ?? ''))
    return unowned.length === 1 ? (unowned[0] ?? null) : null
  }

  /** What the provider has now; null where the lost call left nothing to go on with. */
  const learn = async (
    attempt: Attempt,
    connector: ProviderConnector,
    call: CallContext,
  ): Promise<SessionStep | null> => {
    const { session } = attempt
    if (session.inFlight === 'START') return await findStart(attempt, connector, call)
    if (session.inFlight === 'RESEND') return null
    const step = await connector.status(session.state, call)
    // An answer that never arrived is not sent again: it is not stored, and it goes out at most once. Nor is a code.
    return session.inFlight !== null && !isFinalSession(session.status) && hasChallenge(step) ? null : step
  }

  /** What a callback denied waits for its window, also where the provider could not be asked when it came. */
  const settle = async ({ session }: Attempt, step: SessionStep, finish: Write): Promise<void> => {
    const { id, pendingEnd, inFlight } = session
    const said = step.consent
    if (pendingEnd !== null && inFlight === null && !isGranted(step)) await attempts.change(id, () => [finish])
    else if (said !== null && isDenied(step)) await attempts.deny(id, step, said, [finish])
    else await attempts.take(id, step, 'POLL', [finish])
  }

  /**
   * Where consents are told from another only by when they were made, a grant needs nothing of ours, neither callback nor
   * exchange: an attempt that ended without one may have one, unless it could be of a later attempt.
   */
  const mayHaveGrant = async ({ session, consent }: Attempt): Promise<boolean> => {
    const { capabilities } = connectors.describe(session.provider)
    if (capabilities.exclusiveAttempts !== true || consent.providerConsentId !== null) return false
    const page = await store.sessions.pageOfUser('SYSTEM', session.userId, { first: RECENT_SESSIONS, after: null })
    return page.rows.find((other) => isSamePlace(other, session))?.id === session.id
  }

  /** What the provider could not tell of an attempt that has ended, or is to be ended now. */
  const lookAgain = ({ createdAt, inFlight, status }: AuthSession, { finish, again }: JobRun): Write =>
    (inFlight === 'START' || isFinalSession(status)) &&
    context.clock.now().getTime() - createdAt.getTime() < LOOK_FOR_MS
      ? again(new Date(Date.now() + LOOK_AGAIN_MS))
      : finish

  /** The link of an ended attempt still works until its time is over. */
  const untilItsTime = ({ expiresAt }: AuthSession, { finish, again }: JobRun): Write => {
    const leftMs = expiresAt.getTime() - context.clock.now().getTime()
    return leftMs > 0 ? again(new Date(Date.now() + leftMs)) : finish
  }

  return async (id, run) => {
    const { requestId, finish, lastTry } = run
    const attempt = await attempts.load('SYSTEM', id)
    const { session } = attempt
    const lost = lostCall(session.inFlight ?? 'ANSWER')
    const isOver = isFinalSession(session.status)
    if (isOver && session.inFlight !== 'START' && !(await mayHaveGrant(attempt))) {
      await attempts.change(id, (now) => [finish, ...settleCall(now, momentOf(context))])
      return
    }
    let step: SessionStep | null
    try {
      const connector = connectorOf(connectors, session.provider)
      step = await learn(attempt, connector, callWithin(settings.providerCallMs, requestId))
    } catch (error) {
      if (!lastTry || (session.inFlight === null && !isOver)) throw error
      context.report('reconcile.gave_up', { sessionId: id, requestId }, error)
      const look = lookAgain(session, run)
      await attempts.fail(id, lost, requestId, [look], look !== finish)
      return
    }
    if (step !== null) {
      await settle(attempt, step, isOver && step.consent === null ? untilItsTime(session, run) : finish)
    } else await attempts.fail(id, lost, requestId, [finish])
  }
}
