import type { ConsentEvent as DomainEvent } from '../../domain/event.ts'
import type { ConsentView } from '../../domain/source.ts'
import { viewStored } from '../consent-lists.ts'
import { type GraphContext, present, requireViewer } from '../context.ts'
import type { Resolvers, SubscriptionResolvers } from '../generated/resolvers.ts'
import { toStreamFilter } from '../input.ts'
import type { StatusChangedView, StreamValue } from '../views.ts'
import { toWebhookBody } from '../../services/webhook/message.ts'
import type { StreamItem } from '../../services/event-stream.ts'

export const ConsentEvent: Resolvers['ConsentEvent'] = { __resolveType: ({ body }) => body.type }

export const ConsentStreamItem: Resolvers['ConsentStreamItem'] = {
  __resolveType: (item: StreamValue) => {
    if ('body' in item) return item.body.type
    return item.kind === 'SNAPSHOT' ? 'ConsentSnapshot' : 'StreamGap'
  },
}

/** The consent as it stands when the event is read: an event says what changed, not what it looked like. */
const consent = async (
  { consentId }: DomainEvent,
  _: unknown,
  { loaders, services }: GraphContext,
): Promise<ConsentView> => services.reading.stored(await present(loaders.consents.load(consentId)))

/** What every type of event has. */
const common = { consent, webhookBody: toWebhookBody }

export const ConsentStatusChanged: Resolvers['ConsentStatusChanged'] = {
  ...common,
  from: ({ body }) => body.from,
  to: ({ body }) => body.to,
  reason: ({ body }) => body.reason,
  providerStatus: ({ body }) => body.providerStatus,
}
export const ConsentDetailsChanged: Resolvers['ConsentDetailsChanged'] = {
  ...common,
  changed: ({ body }) => body.changed,
}
export const ConsentExpiringSoon: Resolvers['ConsentExpiringSoon'] = {
  ...common,
  daysLeft: ({ body }) => body.daysLeft,
}
export const ConsentRevocationProgressed: Resolvers['ConsentRevocationProgressed'] = {
  ...common,
  revocation: ({ body }) => body.revocation,
}
export const AuthStepChanged: Resolvers['AuthStepChanged'] = {
  ...common,
  authSession: ({ body }, _, { loaders }) => present(loaders.sessions.load(body.authSessionId)),
}

export const ConsentSnapshot: Resolvers['ConsentSnapshot'] = {
  consents: ({ consents }, _, context) => viewStored(context, consents),
}
export const StreamGap: Resolvers['StreamGap'] = { gapReason: ({ reason }) => reason }

/** Not a generator: its `return` would wait for an event that may never come. */
const toValues = (items: AsyncIterableIterator<StreamItem>): AsyncIterableIterator<StreamValue> => ({
  [Symbol.asyncIterator]() {
    return this
  },
  next: async () => {
    const next = await items.next()
    if (next.done === true) return { done: true, value: undefined }
    return { done: false, value: next.value.kind === 'EVENT' ? next.value.event : next.value }
  },
  return: async () => {
    await items.return?.()
    return { done: true, value: undefined }
  },
})

/** What the loaders read for an earlier value has changed since. */
const afresh = <Value>(value: Value, { loaders }: GraphContext): Value => {
  loaders.clear()
  return value
}

export const Subscription: SubscriptionResolvers = {
  consentStatusChanged: {
    subscribe: async (_, { filter }, context) =>
      toValues(await context.services.events.statusChanges(requireViewer(context), toStreamFilter(filter))) as never,
    resolve: (event: StatusChangedView, _: unknown, context: GraphContext) => afresh(event, context),
  },
  consentEvents: {
    subscribe: async (_, { filter, after }, context) =>
      toValues(
        await context.services.events.consentEvents(
          requireViewer(context),
          toStreamFilter(filter),
          // A client that connects anew repeats its first `after`.
          context.lastPosition ?? after ?? null,
        ),
      ) as never,
    resolve: (item: StreamValue, _: unknown, context: GraphContext) => afresh(item as never, context),
  },
  authSession: {
    subscribe: async (_, { id }, context) =>
      (await context.services.events.authSession(requireViewer(context), id)) as never,
    resolve: (session: unknown, _: unknown, context: GraphContext) => afresh(session as never, context),
  },
}
