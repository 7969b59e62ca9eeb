import type { AuthSession } from '../../domain/auth-session.ts'
import type { UserErasure } from '../../domain/erasure.ts'
import type { ConsentView } from '../../domain/source.ts'
import type { User } from '../../domain/store.ts'
import { scopeOf } from '../../domain/viewer.ts'
import { type GraphContext, requireViewer } from '../context.ts'
import type { Resolvers } from '../generated/resolvers.ts'
import type { MutationView, UserErrorView } from '../views.ts'

/** Read after the change, and again for each payload: an operation may hold several mutations. */
const user = ({ userId }: MutationView, _: unknown, { loaders }: GraphContext): Promise<User | null> | null =>
  userId === null ? null : loaders.users.clear(userId).load(userId)

const authSession = (
  { authSessionId }: Pick<MutationView, 'authSessionId'>,
  _: unknown,
  { loaders }: GraphContext,
): Promise<AuthSession | null> | null =>
  authSessionId === null ? null : loaders.sessions.clear(authSessionId).load(authSessionId)

const consent = async (
  { consentId }: Pick<MutationView, 'consentId'>,
  _: unknown,
  { loaders, services }: GraphContext,
): Promise<ConsentView | null> => {
  const found = consentId === null ? null : await loaders.consents.clear(consentId).load(consentId)
  return found === null ? null : services.reading.stored(found)
}

/** Errors of the same mutation carry its subjects; the union of each payload names the types that its codes can have. */
const userErrors = (view: MutationView) => view.userErrors as never

const erasure = async (view: MutationView, args: unknown, context: GraphContext): Promise<UserErasure | null> =>
  (await user(view, args, context))?.erasure ?? null

export const CreateUserPayload: Resolvers['CreateUserPayload'] = { user, userErrors }
export const DeleteUserPayload: Resolvers['DeleteUserPayload'] = { user, userErrors, erasure }
export const StartAuthorizationPayload: Resolvers['StartAuthorizationPayload'] = { authSession, consent, userErrors }
export const RenewConsentPayload: Resolvers['RenewConsentPayload'] = { authSession, consent, userErrors }
export const AnswerChallengePayload: Resolvers['AnswerChallengePayload'] = { authSession, consent, userErrors }
export const ResendChallengePayload: Resolvers['ResendChallengePayload'] = { authSession, userErrors }
export const CompleteAuthorizationPayload: Resolvers['CompleteAuthorizationPayload'] = {
  authSession,
  consent,
  userErrors,
}
export const CancelAuthorizationPayload: Resolvers['CancelAuthorizationPayload'] = { authSession, consent, userErrors }
export const RevokeConsentPayload: Resolvers['RevokeConsentPayload'] = { consent, userErrors }
export const WebhookEndpointPayload: Resolvers['WebhookEndpointPayload'] = {
  endpoint: async ({ webhookEndpointId: id }, _, context) => {
    if (id === null) return null
    return (await context.store.webhooks.byIds(scopeOf(requireViewer(context)), [id]))[0] ?? null
  },
  userErrors,
}

export const StepChangedError: Resolvers['StepChangedError'] = {
  currentStep: async (error: UserErrorView, args, context) =>
    (await authSession(error, args, context))?.nextStep ?? null,
}

export const StateConflictError: Resolvers['StateConflictError'] = {
  consentStatus: async (error: UserErrorView, args, context) =>
    (await consent(error, args, context))?.consent.status ?? null,
  sessionStatus: async (error: UserErrorView, args, context) =>
    (await authSession(error, args, context))?.status ?? null,
}
