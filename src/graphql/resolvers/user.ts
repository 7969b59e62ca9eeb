import { erasureStateOf, waitsUntil } from '../../domain/erasure.ts'
import { scopeOf } from '../../domain/viewer.ts'
import { listUserConsents } from '../consent-lists.ts'
import { requireViewer } from '../context.ts'
import type { Resolvers } from '../generated/resolvers.ts'
import { toConsentSelection, toMaxAgeMs } from '../input.ts'
import { offsetCursor, toConnection, toCursor, toFirst, toOffset, toPageRequest } from '../paging.ts'
import { readUser, readUserByExternalId } from './node.ts'

export const User: Resolvers['User'] = {
  __resolveReference: (reference, context) =>
    'id' in reference ? readUser(context, reference.id) : readUserByExternalId(context, reference.externalId ?? ''),

  consents: async (user, { filter, first, after, maxAgeSeconds }, context) => {
    const selection = { ...toConsentSelection(filter), userId: user.id }
    const page = await listUserConsents(
      context,
      user,
      selection,
      toPageRequest({ first, after }),
      toMaxAgeMs(maxAgeSeconds),
    )
    const cursorOf = ({ consent }: (typeof page.rows)[number]): string =>
      toCursor({ at: consent.createdAt, id: consent.id })
    return {
      ...toConnection(page, after, cursorOf, (view) => view),
      count: () => context.store.consents.count(scopeOf(requireViewer(context)), selection),
      sources: page.sources,
    }
  },

  authSessions: async (user, { first, after }, context) => {
    const scope = scopeOf(requireViewer(context))
    const page = await context.store.sessions.pageOfUser(scope, user.id, toPageRequest({ first, after }))
    return {
      ...toConnection(
        page,
        after,
        ({ createdAt, id }) => toCursor({ at: createdAt, id }),
        (session) => session,
      ),
      count: () => context.store.sessions.countOfUser(scope, user.id),
    }
  },

  links: (user, _, { loaders }) => loaders.links.load(user.id),

  collections: async (user, { first, after }, { loaders, services, requestId }) => {
    const size = toFirst(first)
    const offset = toOffset(after)
    const { collections, sources } = await services.collections(await loaders.links.load(user.id), requestId)
    const page = { rows: collections.slice(offset, offset + size), hasNextPage: offset + size < collections.length }
    return {
      ...toConnection(
        page,
        after,
        (_row, index) => offsetCursor(offset + index + 1),
        ({ status, ...collection }) => ({ ...collection, collectionStatus: status }),
      ),
      sources,
    }
  },

  erasure: ({ erasure }) => erasure,

  erasureProof: (user, _, { services }) => services.erasureProofOf(user),
}

/** A person sees themselves; which service minted their token is not theirs to know. */
export const Viewer: Resolvers['Viewer'] = { client: ({ client, user }) => (user === null ? client : null) }

export const UserConnection: Resolvers['UserConnection'] = { totalCount: ({ count }) => count() }

export const AuthSessionConnection: Resolvers['AuthSessionConnection'] = { totalCount: ({ count }) => count() }

export const ProviderLink: Resolvers['ProviderLink'] = { providerUserId: ({ user }) => user.ref }

export const Erasure: Resolvers['Erasure'] = {
  erasureState: (erasure) => erasureStateOf(erasure),
  waitsUntil: (erasure) => waitsUntil(erasure),
}

export const ProviderErasure: Resolvers['ProviderErasure'] = { erasureState: ({ state }) => state }
