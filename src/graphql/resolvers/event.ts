import type { ConsentEvent as DomainEvent } from '../../domain/event.ts'
import type { ConsentView } from '../../domain/source.ts'
import { viewStored } from '../consent-lists.ts'
import { type GraphContext, present, requireViewer } from '../context.ts'
import type { Resolvers, SubscriptionResolvers } from '../generated/resolvers.ts'
import { toStreamFilter } from '../input.ts'
import type { StreamValue } from '../views.ts'
import { toWebhookBody } from '../../services/webhook/message.ts'
import type { StreamItem } from '../../services/live-stream.ts'

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

const valueOf = (item: StreamItem): StreamValue => (item.kind === 'EVENT' ? item.event : item)

export const Subscription: SubscriptionResolvers = {
  consentStatusChanged: {
    subscribe: async (_, { filter }, context) =>
      (await context.services.events.statusChanges(requireViewer(context), toStreamFilter(filter))) as never,
    resolve: (item: unknown) => valueOf(item as StreamItem) as never,
  },
  consentEvents: {
    subscribe: async (_, { filter, after }, context) =>
      (await context.services.events.consentEvents(
        requireViewer(context),
        toStreamFilter(filter),
        // A client that connects anew repeats its first `after`.
        context.lastPosition ?? after ?? null,
      )) as never,
    resolve: (item: unknown) => valueOf(item as StreamItem) as never,
  },
  authSession: {
    subscribe: async (_, { id }, context) =>
      (await context.services.events.authSession(requireViewer(context), id)) as never,
    resolve: (session: unknown) => session as never,
  },
}
