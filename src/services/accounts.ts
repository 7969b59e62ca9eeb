import type { ConsentId, RequestId } from '../domain/ids.ts'
import { toProblemReport } from '../domain/problem.ts'
import type { ProviderAccount, ProviderConnector } from '../domain/provider.ts'
import { type ConsentView, outcomeOf, type SourceReport } from '../domain/source.ts'
import { callWithin, linkedUser, toConsentKey } from './connectors.ts'
import type { ServiceContext } from './context.ts'
import { toGatewayError } from './fault.ts'

export interface AccountsView {
  readonly nodes: readonly ProviderAccount[]
  readonly source: SourceReport
}

/** The accounts under a consent, at once where they are known; never rejects for what a provider does. */
export type ReadAccounts = (view: ConsentView, requestId: RequestId) => AccountsView | Promise<AccountsView>

type Report = Omit<SourceReport, 'outcome'>

type Connector = ProviderConnector & Required<Pick<ProviderConnector, 'accounts'>>

const hasAccounts = (connector: ProviderConnector): connector is Connector => connector.accounts !== undefined

interface Kept {
  readonly nodes: readonly ProviderAccount[]
  readonly at: Date
}

/** By the clock that consents live by. Some banks count each look. */
const FRESH_MS = 2 * 60_000
/** In this process alone, the least lately listed go first: a list that is lost is asked for again. */
const MAX_KEPT = 5_000

export const createReadAccounts = ({ store, connectors, clock, settings }: ServiceContext): ReadAccounts => {
  const kept = new Map<ConsentId, Kept>()

  const keep = (id: ConsentId, nodes: readonly ProviderAccount[]): Kept => {
    const list = { nodes, at: clock.now() }
    kept.delete(id)
    kept.set(id, list)
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_KEPT) break
      kept.delete(oldest)
    }
    return list
  }

  /** Right after the grant a list may still be empty. */
  const isFresh = ({ nodes, at }: Kept): boolean =>
    nodes.length > 0 && Math.abs(clock.now().getTime() - at.getTime()) < FRESH_MS

  const ask = async (
    connector: Connector,
    { consent }: ConsentView,
    report: Report,
    last: Kept | null,
    requestId: RequestId,
  ): Promise<AccountsView> => {
    const key = toConsentKey(consent, await linkedUser(store, consent))
    if (key === null) return { nodes: [], source: { ...report, outcome: 'CACHED' } }
    try {
      const call = callWithin(settings.readDeadlineMs, requestId)
      const { nodes, at } = keep(consent.id, await connector.accounts(key, call))
      return { nodes, source: { ...report, outcome: 'LIVE', observedAt: at } }
    } catch (error) {
      const fault = toGatewayError(error)
      const problem = toProblemReport(fault, requestId)
      const observedAt = last?.at ?? null
      return {
        nodes: last?.nodes ?? [],
        source: { ...report, outcome: outcomeOf(fault), observedAt, stale: true, problem },
      }
    }
  }

  return (view, requestId) => {
    const { consent, source } = view
    const { id, provider } = consent
    const report = { provider, observedAt: source.observedAt, stale: false, problem: null }
    const connector = connectors.find(provider)?.connector
    if (connector === undefined) return { nodes: [], source: { ...report, outcome: 'NOT_CONFIGURED' } }
    if (consent.status !== 'AUTHORIZED' || !hasAccounts(connector)) {
      kept.delete(id)
      return { nodes: [], source: { ...report, outcome: 'CACHED' } }
    }
    const last = kept.get(id) ?? null
    if (last !== null && isFresh(last)) {
      return { nodes: last.nodes, source: { ...report, outcome: 'CACHED', observedAt: last.at } }
    }
    // It did not answer this same operation just now: waiting for it again would only be longer.
    if (source.stale) return { nodes: last?.nodes ?? [], source: { ...source, observedAt: last?.at ?? null } }
    return ask(connector, view, report, last, requestId)
  }
}
