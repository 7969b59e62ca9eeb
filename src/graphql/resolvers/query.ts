import { invalidInput } from '../../domain/errors.ts'
import { isId } from '../../domain/ids.ts'
import { scopeOf } from '../../domain/viewer.ts'
import { viewConsent, viewStored } from '../consent-lists.ts'
import { requireViewer } from '../context.ts'
import type { QueryResolvers } from '../generated/resolvers.ts'
import { toConsentSelection, toMaxAgeMs, toStreamFilter, toUserRef } from '../input.ts'
import { offsetCursor, toConnection, toCursor, toFirst, toOffset, toPageRequest } from '../paging.ts'
import { readNode, readNodes } from './node.ts'

const MAX_SEARCH = 100

const keyOf = (row: { readonly createdAt: Date; readonly id: string }): string =>
  toCursor({ at: row.createdAt, id: row.id })

export const Query: Omit<QueryResolvers, '_entities' | '_service'> = {
  node: (_, { id }, context) => readNode(context, id),
  nodes: (_, { ids }, context) => readNodes(context, ids),

  me: (_, __, context) => requireViewer(context).user,
  viewer: (_, __, context) => requireViewer(context),

  user: async (_, { ref }, { loaders }) => {
    const asked = toUserRef(ref)
    if ('externalId' in asked) return await loaders.usersByExternalId.load(asked.externalId)
    return isId('usr', asked.id) ? await loaders.users.load(asked.id) : null
  },

  users: async (_, { first, after }, context) => {
    const scope = scopeOf(requireViewer(context))
    const page = await context.store.users.page(scope, toPageRequest({ first, after }))
    const connection = toConnection(page, after, keyOf, (user) => user)
    return { ...connection, count: () => context.store.users.count(scope) }
  },

  consent: async (_, { id, maxAgeSeconds }, context) => {
    const maxAgeMs = toMaxAgeMs(maxAgeSeconds)
    const consent = isId('con', id) ? await context.loaders.consents.load(id) : null
    return consent === null ? null : await viewConsent(context, consent, maxAgeMs)
  },

  consents: async (_, { filter, first, after }, context) => {
    const scope = scopeOf(requireViewer(context))
    const selection = toConsentSelection(filter)
    const page = await context.store.consents.page(scope, selection, toPageRequest({ first, after }))
    const rows = await viewStored(context, page.rows)
    const connection = toConnection(
      { ...page, rows },
      after,
      ({ consent }) => keyOf(consent),
      (view) => view,
    )
    return { ...connection, count: () => context.store.consents.count(scope, selection), sources: [] }
  },

  authSession: (_, { id }, { loaders }) => (isId('aus', id) ? loaders.sessions.load(id) : null),

  institutions: async (_, args, context) => {
    const first = toFirst(args.first)
    const offset = toOffset(args.after)
    if ((args.search?.length ?? 0) > MAX_SEARCH) {
      throw invalidInput(`\`search\` is at most ${MAX_SEARCH} characters.`, 'search')
    }
    const { institutions, sources } = await context.services.institutions.search(
      {
        search: args.search ?? null,
        country: args.country ?? null,
        provider: args.provider ?? null,
        psuType: args.psuType ?? null,
      },
      context.requestId,
    )
    const rows = institutions.slice(offset, offset + first)
    const page = { rows, hasNextPage: offset + first < institutions.length }
    const connection = toConnection(
      page,
      args.after,
      (_row, index) => offsetCursor(offset + index + 1),
      (row) => row,
    )
    const isComplete = sources.every(({ outcome, observedAt }) => observedAt !== null || outcome === 'NOT_CONFIGURED')
    if (!isComplete) context.answerForNow()
    return { ...connection, totalCount: isComplete ? institutions.length : null, sources }
  },

  providers: (_, __, { services }) => services.connectors.all().map(({ connector }) => connector.id),

  consentEvents: async (_, { filter, first, after }, context) => {
    const page = await context.services.events.page(
      requireViewer(context),
      toStreamFilter(filter),
      toFirst(first, 50),
      after ?? null,
    )
    return toConnection(
      page,
      after,
      ({ cursor }) => cursor,
      (event) => event,
    )
  },

  webhookEndpoints: async (_, { first, after }, context) => {
    const page = await context.store.webhooks.page(scopeOf(requireViewer(context)), toPageRequest({ first, after }))
    return toConnection(page, after, keyOf, (endpoint) => endpoint)
  },

  sandbox: (_, __, { sandbox }) =>
    sandbox === null
      ? null
      : { now: sandbox.clock.now(), guide: sandbox.guide, inboxUrl: sandbox.inboxUrl, phoneUrl: sandbox.phoneUrl },
}
