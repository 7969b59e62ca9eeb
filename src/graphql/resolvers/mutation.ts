import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { UserFault } from '../../domain/user-fault.ts'
import { checkNotErasing } from '../../services/users.ts'
import { type Run, toUserFault } from '../../services/idempotency.ts'
import { type GraphContext, requireViewer } from '../context.ts'
import type { MutationResolvers } from '../generated/resolvers.ts'
import { toAccess, toPsu, toReturnTo, toStartInput, toUserRef } from '../input.ts'
import { toMutationView } from '../user-errors.ts'
import type { webhookMutations } from './webhook.ts'
import type { MutationView } from '../views.ts'

const run = async (
  context: GraphContext,
  operation: string,
  input: { readonly idempotencyKey?: string | null | undefined },
  body: (run: Run) => Promise<readonly UserFault[]>,
): Promise<MutationView> => {
  const request = { operation, key: input.idempotencyKey ?? null, input, requestId: context.requestId }
  return toMutationView(await context.services.idempotency.run(requireViewer(context), request, body))
}

const MIN_TTL_SECONDS = 60
const MAX_TTL_SECONDS = 3600
const MAX_REASON = 500

export const Mutation: Omit<MutationResolvers, keyof typeof webhookMutations> = {
  createUser: async (_, { input }, context) =>
    toMutationView(await context.services.users.create(requireViewer(context), input, context.requestId)),

  createUserToken: async (_, { input }, context) => {
    const viewer = requireViewer(context)
    const ttlSeconds = input.ttlSeconds ?? 900
    try {
      if (ttlSeconds < MIN_TTL_SECONDS || ttlSeconds > MAX_TTL_SECONDS) {
        throw invalidInput(`\`ttlSeconds\` is ${MIN_TTL_SECONDS} to ${MAX_TTL_SECONDS}.`, 'input', 'ttlSeconds')
      }
      const user = await context.services.users.find(viewer, toUserRef(input.user), 'input', 'user')
      checkNotErasing(user)
      await context.services.rateLimits.user(user, 'userTokens')
      await context.services.tokenIssued(viewer.client.id, user.id)
      const { token, expiresAt } = await context.services.userTokens.issue(viewer.client, user, ttlSeconds)
      return { token, tokenExpiresAt: expiresAt, userErrors: [] }
    } catch (error) {
      const fault = error instanceof GatewayError ? toUserFault(error, context.requestId) : null
      if (fault === null) throw error
      const nobody = { userId: null, consentId: null, authSessionId: null }
      return {
        token: null,
        tokenExpiresAt: null,
        userErrors: toMutationView({ ...nobody, userErrors: [fault] }).userErrors,
      }
    }
  },

  startAuthorization: (_, { input }, context) =>
    run(context, 'startAuthorization', input, (step) =>
      context.services.startAuthorization(
        requireViewer(context),
        toStartInput(input, context),
        context.requestId,
        step,
      ),
    ),

  answerChallenge: (_, { input }, context) =>
    run(context, 'answerChallenge', input, (step) =>
      context.services.answering.answer(requireViewer(context), input, context.requestId, step),
    ),

  resendChallenge: (_, { input }, context) =>
    run(context, 'resendChallenge', input, (step) =>
      context.services.answering.resend(requireViewer(context), input, context.requestId, step),
    ),

  cancelAuthorization: (_, { input }, context) =>
    run(context, 'cancelAuthorization', input, (step) =>
      context.services.cancelAuthorization(requireViewer(context), input, context.requestId, step),
    ),

  revokeConsent: (_, { input }, context) =>
    run(context, 'revokeConsent', input, async (step) => {
      if ((input.reason?.length ?? 0) > MAX_REASON)
        throw invalidInput(`\`reason\` is at most ${MAX_REASON} characters.`, 'input', 'reason')
      const psu = input.psu == null ? null : toPsu(input.psu, context.caller)
      return await context.services.revocations.revoke(
        requireViewer(context),
        { ...input, psu },
        context.requestId,
        step,
      )
    }),

  completeAuthorization: (_, { input }, context) =>
    run(context, 'completeAuthorization', input, (step) =>
      context.services.completing.complete(requireViewer(context), input, context.requestId, step),
    ),

  renewConsent: (_, { input }, context) =>
    run(context, 'renewConsent', input, (step) => {
      const renewal = {
        consentId: input.consentId,
        access: input.access == null ? null : toAccess(input.access),
        psu: toPsu(input.psu, context.caller),
        returnTo: toReturnTo(input.returnTo),
        supportedSteps: input.supportedSteps ?? [],
      }
      return context.services.renewConsent(requireViewer(context), renewal, context.requestId, step)
    }),

  deleteUser: (_, { input }, context) =>
    run(context, 'deleteUser', input, (step) =>
      context.services.erasures.request(requireViewer(context), toUserRef(input.user), context.requestId, step),
    ),
}
