import { createHash } from 'node:crypto'
import { type Attempt, settleCall, updateSession } from '../../domain/advance.ts'
import { type AuthSession, isFinalSession } from '../../domain/auth-session.ts'
import { type ConsentStatus, isFinalConsent } from '../../domain/consent.ts'
import { GatewayError, invalidInput } from '../../domain/errors.ts'
import { type AuthSessionId, isId, type RequestId } from '../../domain/ids.ts'
import type { SessionStep } from '../../domain/provider.ts'
import type { IdempotencyRecord } from '../../domain/idempotency.ts'
import type { Write } from '../../domain/store.ts'
import type { UserFault } from '../../domain/user-fault.ts'
import { scopeOf, type Viewer } from '../../domain/viewer.ts'
import type { ChangeFeed } from '../change-feed.ts'
import { CommitConflict, commitOrThrow, untilCommitted } from '../commit.ts'
import { callWithin, connectorOf } from '../connectors.ts'
import { momentOf, type ServiceContext } from '../context.ts'
import { toGatewayError } from '../fault.ts'
import { type Run, toUserFault } from '../idempotency.ts'
import type { Attempts } from './attempts.ts'
import { hashState, RECONCILE_SOON_MS } from './launch.ts'

export interface Completion {
  readonly attempt: Attempt
  readonly fault: GatewayError | null
}

export interface Completing {
  /** For the gateway's own callback address. Null where the state names no session. */
  callback(optionsName: string, query: URLSearchParams, requestId: RequestId): Promise<Completion | null>
  /** For the page that ends a flow in a popup; null where the id names no session. */
  find(authSessionId: string): Promise<Attempt | null>
  /** For clients that caught the callback themselves. */
  complete(
    viewer: Viewer,
    input: { readonly authSessionId: string; readonly callbackUrl: string },
    requestId: RequestId,
    run: Run,
  ): Promise<readonly UserFault[]>
}

/** Waits between tries where a call certainly had no effect, real time. */
const RETRY_AFTER_MS = [250, 1000]
const LONGEST_PAUSE_MS = 2000
const GRANTED: ReadonlySet<ConsentStatus> = new Set(['AUTHORIZED', 'PARTIALLY_AUTHORIZED'])

/**
 * Equal callbacks have one: the second copy is answered like the first, and exchanged by nobody. A code is the same
 * whatever else an app or a proxy put beside it.
 */
const fingerprintOf = (id: AuthSessionId, query: URLSearchParams): string => {
  const code = query.get('code')
  const counts = code ? new URLSearchParams({ code }) : new URLSearchParams(query)
  counts.sort()
  return createHash('sha256').update(`${id}\n${counts.toString()}`).digest('hex')
}

/** How long until a code may be sent again; null where it may have been used, or the provider wants to be left alone. */
const pauseMsOf = ({ code, retryAt }: GatewayError, tries: number): number | null => {
  const least = RETRY_AFTER_MS[tries]
  if (least === undefined || (code !== 'PROVIDER_UNAVAILABLE' && code !== 'PROVIDER_RATE_LIMITED')) return null
  const pauseMs = Math.max(least, (retryAt?.getTime() ?? 0) - Date.now())
  return pauseMs <= LONGEST_PAUSE_MS ? pauseMs : null
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())

/** It was granted before; or, long after its end or after an erasure, nothing is left to exchange a code with. */
const isNothingToTake = ({ session, consent }: Attempt): boolean =>
  isFinalSession(session.status) && (consent.authorizedAt !== null || Object.keys(session.state).length === 0)

interface Claimed {
  readonly attempt: Attempt
  /** The session as it was. */
  readonly before: AuthSession
}

export const createCompleting = (
  context: ServiceContext,
  attempts: Attempts,
  feed: Pick<ChangeFeed, 'onSession'>,
): Completing => {
  const { store, connectors, settings } = context

  const claimOf = ({ session }: Attempt, fingerprint: string): Write => {
    const record: IdempotencyRecord = {
      clientId: session.clientId,
      userId: null,
      operation: 'callback',
      key: fingerprint,
      fingerprint,
      state: 'DONE',
      runningUntil: new Date(),
      result: { userId: session.userId, consentId: session.consentId, authSessionId: session.id, userErrors: [] },
      createdAt: new Date(),
    }
    return { kind: 'idempotency.claim', record }
  }

  /** Until the exchange under way has an end, or a provider call's time has passed. */
  const untilSettled = async (id: AuthSessionId): Promise<Attempt> => {
    const end = Date.now() + settings.providerCallMs
    for (;;) {
      const changed = Promise.withResolvers<void>()
      using _listening = feed.onSession(id, () => changed.resolve())
      const attempt = await attempts.load('SYSTEM', id)
      if (attempt.session.inFlight !== 'COMPLETE' || Date.now() >= end) return attempt
      await Promise.race([changed.promise, wait(Math.min(1000, end - Date.now()))])
    }
  }

  /** Takes the session for this callback alone. Null where another copy has come before. */
  const claim = async (id: AuthSessionId, fingerprint: string, also: readonly Write[]): Promise<Claimed | null> => {
    try {
      return await untilCommitted(async () => {
        const attempt = await untilSettled(id)
        const { session, consent } = attempt
        if (session.inFlight === 'COMPLETE')
          throw new GatewayError('STATE_CONFLICT', { message: 'Another callback is being worked on.' })
        const isOver = isFinalSession(session.status)
        if (isNothingToTake(attempt)) {
          await commitOrThrow(store, also)
          return { attempt, before: session }
        }
        const waiting = isOver ? {} : ({ status: 'VERIFYING', nextStep: null } as const)
        const taken = updateSession(session, { ...waiting, inFlight: 'COMPLETE' }, momentOf(context))
        const dueAt = new Date(Date.now() + settings.providerCallMs + RECONCILE_SOON_MS)
        const job = { kind: 'RECONCILE_SESSION', subject: id } as const
        const writes: readonly Write[] = [
          claimOf(attempt, fingerprint),
          taken.write,
          { kind: 'job.schedule', job, dueAt },
        ]
        await commitOrThrow(store, [...also, ...writes])
        return { attempt: { session: taken.session, consent }, before: session }
      })
    } catch (error) {
      const isCopy = error instanceof CommitConflict && error.kind === 'idempotency.claim'
      if (!isCopy) throw error
      return null
    }
  }

  /** A code is worth another try only where the first certainly did not use it. */
  const exchange = async (attempt: Attempt, query: URLSearchParams, requestId: RequestId): Promise<SessionStep> => {
    const connector = connectorOf(connectors, attempt.session.provider)
    if (connector.complete === undefined) {
      throw new GatewayError('CAPABILITY_NOT_SUPPORTED', {
        message: 'This provider does not redirect; there is nothing to complete.',
      })
    }
    // One time for all tries: after it, the reconciler names the session.
    const call = callWithin(settings.providerCallMs, requestId)
    for (let tries = 0; ; tries += 1) {
      try {
        return await connector.complete(attempt.session.state, query, call)
      } catch (error) {
        const pauseMs = pauseMsOf(toGatewayError(error), tries)
        if (pauseMs === null) throw error
        await wait(pauseMs)
      }
    }
  }

  /** An erasure may wait for just this. */
  const hastenErasure = ({ userId }: AuthSession): Write => ({
    kind: 'job.hasten',
    job: { kind: 'ERASE_USER', subject: userId },
    dueAt: new Date(),
  })

  const take = async ({ session }: Attempt, step: SessionStep): Promise<Attempt> => {
    const said = step.consent
    const ended = step.next.kind === 'DONE' && said !== null && said.status !== null && !GRANTED.has(said.status)
    return ended && !isFinalSession(session.status)
      ? await attempts.deny(session.id, step, said)
      : await attempts.take(
          session.id,
          step,
          'CALLBACK',
          isFinalSession(session.status) ? [hastenErasure(session)] : [],
        )
  }

  /** The callback says nothing, so that nothing has changed: the session goes on as it was. */
  const release = ({ id, status, nextStep }: AuthSession): Promise<Attempt> =>
    attempts.change(id, (attempt) => {
      const { session } = attempt
      if (session.inFlight !== 'COMPLETE') return []
      if (isFinalSession(session.status)) return settleCall(attempt, momentOf(context))
      return [updateSession(session, { status, nextStep, inFlight: null }, momentOf(context)).write]
    })

  const settleFault = async (
    { attempt: { session }, before }: Claimed,
    error: unknown,
    requestId: RequestId,
  ): Promise<Completion> => {
    const fault = toGatewayError(error)
    context.report('authorization.complete.failed', { provider: session.provider, code: fault.code, requestId }, error)
    if (fault.code === 'STORE_UNAVAILABLE') throw fault
    if (fault.code === 'INVALID_INPUT') return { attempt: await release(before), fault }
    if (fault.code === 'OUTCOME_UNKNOWN' && !isFinalSession(session.status)) {
      const dueAt = new Date(Date.now() + RECONCILE_SOON_MS)
      const job = { kind: 'RECONCILE_SESSION', subject: session.id } as const
      await commitOrThrow(store, [{ kind: 'job.schedule', job, dueAt }])
      return { attempt: await attempts.load('SYSTEM', session.id), fault }
    }
    return { attempt: await attempts.fail(session.id, fault, requestId), fault }
  }

  const run = async (
    id: AuthSessionId,
    query: URLSearchParams,
    requestId: RequestId,
    also: readonly Write[],
  ): Promise<Completion> => {
    const claimed = await claim(id, fingerprintOf(id, query), also)
    if (claimed === null) return { attempt: await untilSettled(id), fault: null }
    const { attempt } = claimed
    if (isNothingToTake(attempt)) return { attempt, fault: null }
    try {
      return { attempt: await take(attempt, await exchange(attempt, query, requestId)), fault: null }
    } catch (error) {
      return await settleFault(claimed, error, requestId)
    }
  }

  return {
    callback: async (optionsName, query, requestId) => {
      const state = query.get('state')
      const session = state === null ? null : await store.sessions.byStateHash(hashState(state))
      if (session === null || connectors.describe(session.provider).optionsName !== optionsName) return null
      return await run(session.id, query, requestId, [])
    },

    find: async (id) => {
      const [session] = isId('aus', id) ? await store.sessions.byIds('SYSTEM', [id]) : [null]
      return session == null ? null : await attempts.load('SYSTEM', session.id)
    },

    complete: async (viewer, input, requestId, { touched, claim: claimKey }) => {
      const { session, consent } = await attempts.load(scopeOf(viewer), input.authSessionId, 'input', 'authSessionId')
      touched.authSessionId = session.id
      touched.consentId = consent.id
      touched.userId = session.userId
      const query = URL.parse(input.callbackUrl)?.searchParams ?? new URLSearchParams()
      const state = query.get('state')
      if (state === null || hashState(state) !== session.stateHash) {
        throw invalidInput(
          'This callback does not belong to the session: its `state` is missing or another one.',
          'input',
          'callbackUrl',
        )
      }
      if (isFinalSession(session.status) && isFinalConsent(consent.status) && consent.authorizedAt !== null) return []
      const { fault } = await run(session.id, query, requestId, claimKey())
      const userFault = fault === null ? null : toUserFault(fault, requestId)
      if (fault !== null && userFault === null) throw fault
      return userFault === null ? [] : [userFault]
    },
  }
}
