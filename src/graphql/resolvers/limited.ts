import type { GraphQLFieldResolver } from 'graphql'
import { GatewayError } from '../../domain/errors.ts'
import { toUserFault } from '../../services/idempotency.ts'
import { type GraphContext, requireViewer } from '../context.ts'
import { toMutationView } from '../user-errors.ts'

type Resolve = GraphQLFieldResolver<unknown, GraphContext>

/** The payload of any mutation. Nothing was done, and nothing is remembered under the idempotency key. */
const toRefusal = (error: GatewayError, { requestId }: GraphContext) => {
  const fault = toUserFault(error, requestId)
  if (fault === null) throw error
  const nobody = { userId: null, consentId: null, authSessionId: null }
  const nothing = { webhookEndpointId: null, secret: null, token: null, tokenExpiresAt: null }
  return { ...nothing, ...toMutationView({ ...nobody, userErrors: [fault] }) }
}

/** Counts each field of a mutation before it is begun; what is over a limit is a user error like any other. */
export const limitMutations = <Mutations extends object>(mutations: Mutations): Mutations => {
  const limited = Object.entries(mutations).map(([field, resolve]: [string, Resolve]) => {
    const resolveWithin: Resolve = async (parent, args, context, info) => {
      try {
        await context.services.rateLimits.mutation(requireViewer(context), field)
      } catch (error) {
        if (error instanceof GatewayError) return toRefusal(error, context)
        throw error
      }
      return resolve(parent, args, context, info)
    }
    return [field, resolveWithin] as const
  })
  // The same fields, each with its own resolver behind.
  return Object.fromEntries(limited) as Mutations
}
