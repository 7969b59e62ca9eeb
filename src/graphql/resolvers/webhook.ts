import { scopeOf } from '../../domain/viewer.ts'
import type { Run } from '../../services/idempotency.ts'
import { type GraphContext, requireViewer } from '../context.ts'
import type { MutationResolvers, Resolvers } from '../generated/resolvers.ts'
import { toConnection, toCursor, toPageRequest } from '../paging.ts'
import { toMutationView } from '../user-errors.ts'
import type { WebhookEndpointView } from '../views.ts'

export const WebhookEndpoint: Resolvers['WebhookEndpoint'] = {
  endpointUrl: ({ url }) => url,
  deliveries: async (endpoint, { first, after }, context) => {
    const scope = scopeOf(requireViewer(context))
    const page = await context.store.webhooks.deliveries(scope, endpoint.id, toPageRequest({ first, after }))
    return toConnection(
      page,
      after,
      ({ attemptedAt, id }) => toCursor({ at: attemptedAt, id }),
      (delivery) => delivery,
    )
  },
}

const run = async (
  context: GraphContext,
  operation: string,
  input: { readonly idempotencyKey?: string | null | undefined },
  body: (run: Run) => Promise<string | void>,
): Promise<WebhookEndpointView> => {
  const request = { operation, key: input.idempotencyKey ?? null, input, requestId: context.requestId }
  let secret: string | null = null
  const result = await context.services.idempotency.run(requireViewer(context), request, async (step) => {
    secret = (await body(step)) ?? null
    return []
  })
  return { ...toMutationView(result), webhookEndpointId: result.webhookEndpointId ?? null, secret }
}

export const webhookMutations = {
  createWebhookEndpoint: (_, { input }, context) =>
    run(context, 'createWebhookEndpoint', input, (step) =>
      context.services.webhookEndpoints.create(requireViewer(context), input, step),
    ),

  updateWebhookEndpoint: (_, { input }, context) =>
    run(context, 'updateWebhookEndpoint', input, (step) =>
      context.services.webhookEndpoints.update(requireViewer(context), input, step),
    ),

  rotateWebhookSecret: (_, { input }, context) =>
    run(context, 'rotateWebhookSecret', input, (step) =>
      context.services.webhookEndpoints.rotate(requireViewer(context), input.id, step),
    ),

  deleteWebhookEndpoint: (_, { input }, context) =>
    run(context, 'deleteWebhookEndpoint', input, (step) =>
      context.services.webhookEndpoints.remove(requireViewer(context), input.id, step),
    ),

  testWebhookEndpoint: (_, { input }, context) =>
    run(context, 'testWebhookEndpoint', input, (step) =>
      context.services.webhookEndpoints.test(requireViewer(context), input.id, step),
    ),
} satisfies Partial<MutationResolvers>
