import type { RequestId } from '../domain/ids.ts'
import { toProblemReport } from '../domain/problem.ts'
import type { ProviderCollection } from '../domain/provider.ts'
import type { ProviderId } from '../domain/provider-id.ts'
import { outcomeOf, type SourceReport } from '../domain/source.ts'
import type { ProviderLink } from '../domain/store.ts'
import { callWithin } from './connectors.ts'
import type { ServiceContext } from './context.ts'
import { toGatewayError } from './fault.ts'

export interface ListedCollection extends ProviderCollection {
  readonly provider: ProviderId
}

export interface Collections {
  readonly collections: readonly ListedCollection[]
  readonly sources: readonly SourceReport[]
}

/** Data runs at each provider that has them and knows the user, newest first; nothing of them is stored. */
export const readCollections = async (
  { connectors, settings, clock }: ServiceContext,
  links: readonly ProviderLink[],
  requestId: RequestId,
): Promise<Collections> => {
  const call = callWithin(settings.readDeadlineMs, requestId)
  const answers = await Promise.all(
    links.map(async ({ provider, user }): Promise<Collections> => {
      const connector = connectors.find(provider)?.connector
      if (connector?.collections === undefined) return { collections: [], sources: [] }
      const source = { provider, observedAt: null, stale: false, problem: null } as const
      try {
        const found = await connector.collections(user, call)
        const collections = found.map((collection) => ({ ...collection, provider }))
        return { collections, sources: [{ ...source, outcome: 'LIVE', observedAt: clock.now() }] }
      } catch (error) {
        const fault = toGatewayError(error)
        const problem = toProblemReport(fault, requestId)
        return { collections: [], sources: [{ ...source, outcome: outcomeOf(fault), problem }] }
      }
    }),
  )
  return {
    collections: answers
      .flatMap(({ collections }) => collections)
      .toSorted((a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0)),
    sources: answers.flatMap(({ sources }) => sources),
  }
}
