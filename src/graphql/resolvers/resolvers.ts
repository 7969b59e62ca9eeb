import type { Resolvers } from '../generated/resolvers.ts'
import { scalarResolvers } from '../scalars.ts'
import { attributed } from './attribution.ts'
import * as authSession from './auth-session.ts'
import * as consent from './consent.ts'
import * as event from './event.ts'
import { limitMutations } from './limited.ts'
import { Mutation } from './mutation.ts'
import { Node } from './node.ts'
import * as payload from './payload.ts'
import * as provider from './provider.ts'
import { Query } from './query.ts'
import * as user from './user.ts'
import { WebhookEndpoint, webhookMutations } from './webhook.ts'

const { institutionOf: _, ...consentTypes } = consent

export const resolvers = {
  ...scalarResolvers,
  Node,
  Query,
  Mutation: attributed(limitMutations({ ...Mutation, ...webhookMutations })),
  WebhookEndpoint,
  ...authSession,
  ...consentTypes,
  ...event,
  ...payload,
  ...provider,
  ...user,
} satisfies Partial<Resolvers> | Record<string, unknown>
