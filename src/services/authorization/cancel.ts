import { isFinalSession } from '../../domain/auth-session.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { RequestId } from '../../domain/ids.ts'
import type { UserFault } from '../../domain/user-fault.ts'
import { scopeOf, type Viewer } from '../../domain/viewer.ts'
import { commitOrThrow, untilCommitted } from '../commit.ts'
import { callWithin, connectorOf } from '../connectors.ts'
import { momentOf, type ServiceContext } from '../context.ts'
import { toGatewayError } from '../fault.ts'
import type { Run } from '../idempotency.ts'
import type { Revocations } from '../revocation.ts'
import { type Attempts, endAttempt } from './attempts.ts'

export type CancelAuthorization = (
  viewer: Viewer,
  input: { readonly authSessionId: string },
  requestId: RequestId,
  run: Run,
) => Promise<readonly UserFault[]>

/** Ends an attempt here at once; whatever the provider has of it is taken back. Cancelling a cancelled one succeeds. */
export const createCancel = (
  context: ServiceContext,
  attempts: Attempts,
  revocations: Revocations,
): CancelAuthorization => {
  const { store, connectors, settings } = context

  return async (viewer, input, requestId, { touched, claim }) => {
    const { session, consent } = await untilCommitted(async () => {
      const attempt = await attempts.load(scopeOf(viewer), input.authSessionId, 'input', 'authSessionId')
      touched.authSessionId = attempt.session.id
      touched.consentId = attempt.consent.id
      touched.userId = attempt.session.userId
      const { status } = attempt.session
      if (status === 'CANCELLED') {
        await commitOrThrow(store, claim())
        return attempt
      }
      if (isFinalSession(status)) {
        throw new GatewayError('STATE_CONFLICT', {
          message: `This authorization has already ended: ${status}. To end an authorized consent, revoke it.`,
          path: ['input', 'authSessionId'],
        })
      }
      const end = {
        session: 'CANCELLED',
        consent: 'REJECTED',
        reason: 'CANCELLED_BY_USER',
        source: 'REVOKE',
        problem: null,
      } as const
      // The request itself makes the first try; the saga takes over should this process die.
      const takeBackAt = new Date(Date.now() + settings.providerCallMs + 1000)
      await commitOrThrow(store, [...claim(), ...endAttempt(attempt, end, momentOf(context), takeBackAt)])
      return attempt
    })
    if (session.status === 'CANCELLED') return []
    if (consent.providerConsentId !== null) {
      await revocations.attempt(consent.id, null, requestId)
      return []
    }
    if (session.inFlight !== null) return []
    try {
      await connectorOf(connectors, session.provider).cancel(
        session.state,
        callWithin(settings.providerCallMs, requestId),
      )
    } catch (error) {
      // The attempt has ended here; what the provider keeps of it runs out there, and a late grant is taken back.
      context.report(
        'authorization.cancel.failed',
        { sessionId: session.id, requestId, code: toGatewayError(error).code },
        error,
      )
    }
    return []
  }
}
