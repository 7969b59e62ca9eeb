import type { Clock } from '../../domain/clock.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { CallContext, ProviderConnector, SessionStep, StartRequest } from '../../domain/provider.ts'
import type { RedirectChallenge } from '../../domain/step.ts'
import { toUnknownWord, withCallback } from './callback.ts'
import type { FiskilClient } from './client.ts'
import { findGrant } from './grant.ts'
import { REFUSALS, toProviderConsent, toStatement } from './mapping.ts'
import { toSessionRequest } from './request.ts'
import { type Attempt, parseAttempt, toLateAttempt } from './sealed.ts'
import type { FiskilConsent } from './wire.ts'

type Authorization = Required<
  Pick<ProviderConnector, 'prepare' | 'start' | 'answer' | 'complete' | 'cancel' | 'status' | 'stateAfterEnd'>
>

interface AuthorizationOptions {
  readonly client: FiskilClient
  readonly clock: Clock
  /** How often to look for a consent of which nobody may tell. */
  readonly pollIntervalMs: number
}

/** After a success that the list does not show yet. */
const POLL_SOON_MS = 5_000

const toRedirect = ({ sessionId, url, expiresAt }: Attempt): RedirectChallenge => ({
  kind: 'REDIRECT',
  ref: sessionId,
  title: 'Continue at your bank',
  instructions: 'Choose the bank where asked, log in there, and approve.',
  expiresAt: expiresAt === null ? null : new Date(expiresAt),
  fallbackUrl: url,
  url,
  popupAllowed: true,
  // Discouraged by Fiskil, outside of its own SDK.
  iframeAllowed: false,
})

/** Its dates are what a renewal is told by. Null where there is nothing to renew. */
const toRenewed = (held: FiskilConsent | null): Attempt['renews'] =>
  held === null || held.active === false
    ? null
    : {
        arrangementId: held.arrangementId,
        expiresAt: held.expiresAt?.toISOString() ?? null,
        lastConsentAt: held.lastConsentAt?.toISOString() ?? null,
      }

/** What has ended at Fiskil cannot be renewed there: it is asked for anew, with the permissions that it had. */
const anew = (request: StartRequest, held: FiskilConsent | null): StartRequest => {
  const { balances, transactions, permissions } = request.access
  const had = (held?.permissions ?? []).filter(
    (one) => !(one === 'balances' && balances === false) && !(one === 'transactions' && transactions === false),
  )
  const options = had.length > 0 && permissions.length === 0 ? { permissions: had } : request.options
  return { ...request, renews: null, options }
}

/** A session cannot be read or ended: callbacks are noted in the state, and the list of consents decides. */
export const createAuthorization = ({ client, clock, pollIntervalMs }: AuthorizationOptions): Authorization => {
  /** While no consent is listed. */
  const withoutGrant = (attempt: Attempt): SessionStep => {
    const { outcome, errorId } = attempt
    if (outcome === null)
      return { next: toRedirect(attempt), state: attempt, consent: null, pollAfterMs: pollIntervalMs }
    if (outcome === 'SUCCESS')
      return { next: { kind: 'WAIT', pollAfterMs: POLL_SOON_MS }, state: attempt, consent: null }
    if (outcome === 'AUTH_SESSION_INVALID') {
      // The link is dead; why, nobody says. The session's own end is what remains.
      return { next: { kind: 'WAIT', pollAfterMs: pollIntervalMs }, state: attempt, consent: null }
    }
    const consent = toStatement(null, REFUSALS[outcome], outcome, errorId)
    return { next: { kind: 'DONE' }, state: attempt, consent }
  }

  const look = async (attempt: Attempt, call: CallContext): Promise<SessionStep> => {
    const grant = findGrant(attempt, await client.listConsents(attempt.endUserId, call))
    if (grant === null) return withoutGrant(attempt)
    const consent = toProviderConsent(grant, clock.now())
    const next =
      consent.status === null ? ({ kind: 'WAIT', pollAfterMs: pollIntervalMs } as const) : { kind: 'DONE' as const }
    return { next, state: attempt, consent }
  }

  const findHeld = async (
    { renews }: StartRequest,
    endUserId: string,
    call: CallContext,
  ): Promise<FiskilConsent | null> =>
    renews === null
      ? null
      : ((await client.listConsents(endUserId, call)).find((one) => one.arrangementId === renews.providerConsentId) ??
        null)

  return {
    prepare: (request) => {
      toSessionRequest(request)
      // A lost start leaves nothing to look for: nobody has the link.
      return {}
    },

    start: async (request, _draft, call) => {
      const endUserId = request.user?.ref
      if (endUserId === undefined) throw new GatewayError('INTERNAL', { cause: new Error('a start without end user') })
      const held = await findHeld(request, endUserId, call)
      const renews = toRenewed(held)
      const asked = toSessionRequest(renews === null ? anew(request, held) : request)
      const session = await client.createSession({ ...asked, end_user_id: endUserId }, call)
      const attempt: Attempt = {
        sessionId: session.session_id,
        url: session.auth_url,
        endUserId,
        institutionRef: request.institutionRef,
        startedAt: request.now.toISOString(),
        expiresAt: session.expires_at?.toISOString() ?? null,
        renews,
        outcome: null,
        errorId: null,
      }
      return { ...withoutGrant(attempt), expiresAt: session.expires_at }
    },

    answer: () =>
      Promise.reject(
        new GatewayError('STATE_CONFLICT', { message: 'The person answers at the bank: follow the redirect.' }),
      ),

    complete: async (state, callback, call) => {
      const attempt = withCallback(parseAttempt(state), callback)
      const unknown = toUnknownWord(callback)
      try {
        const step = await look(attempt, call)
        const isNews = step.consent === null && unknown !== null
        return isNews ? { ...step, consent: toStatement(null, null, unknown) } : step
      } catch (error) {
        if (!(error instanceof GatewayError) || error.code === 'INTERNAL') throw error
        // What the callback said must not be lost because the list cannot be read now: `status` reads it later.
        return { next: { kind: 'WAIT', pollAfterMs: POLL_SOON_MS }, state: attempt, consent: null }
      }
    },

    status: (state, call) => look(parseAttempt(state), call),

    stateAfterEnd: toLateAttempt,

    // There is no call that ends a session: the link runs out, and what still comes of it is the caller's to take back.
    cancel: () => Promise.resolve(),
  }
}
