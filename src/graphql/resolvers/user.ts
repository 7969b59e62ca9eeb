import { erasureStateOf, waitsUntil } from '../../domain/erasure.ts'
import { scopeOf } from '../../domain/viewer.ts'
import { listUserConsents } from '../consent-lists.ts'
import { requireViewer } from '../context.ts'
import type { Resolvers } from '../generated/resolvers.ts'
import { toConsentSelection, toMaxAgeMs } from '../input.ts'
import { offsetCursor, toConnection, toCursor, toFirst, toOffset, toPageRequest } from '../paging.ts'
import { readUser, readUserByExternalId } from './node.ts'

/** A router may know both; then they are to name the same person. */
interface UserKeys {
  readonly id?: string | null | undefined
  readonly externalId?: string | null | undefined
}

export const User: Resolvers['User'] = {
  __resolveReference: async (reference, context) => {
    const { id = null, externalId = null }: UserKeys = reference
    const user = id === null ? await readUserByExternalId(context, externalId ?? '') : await readUser(context, id)
    return externalId === null || user?.externalId === externalId ? user : null
  },

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
