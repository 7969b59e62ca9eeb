import type { ProviderConnector } from '../domain/provider.ts'
import { createUpstream, type Upstream, type UpstreamOptions } from '../upstream/upstream.ts'
import type { OpenBankProjectSettings } from './open-bank-project/config.ts'
import { createOpenBankProjectConnector, OBP_UPSTREAM } from './open-bank-project/connector.ts'

/** Null: not in use. */
export interface ProviderSettings {
  readonly openBankProject: OpenBankProjectSettings | null
}

export interface ProviderConnection {
  readonly connector: ProviderConnector
  /** Whoever connected closes it. */
  readonly upstream: Upstream
}

/** What all upstreams have in common. */
export type SharedUpstreamOptions = Omit<UpstreamOptions, 'baseUrl' | 'blame'>

/** The one list of providers. Opens no connection before the first call. */
export const connectProviders = (
  settings: ProviderSettings,
  shared: SharedUpstreamOptions = {},
): readonly ProviderConnection[] => {
  const connect = <Settings extends { readonly baseUrl: string }>(
    of: Settings | null,
    own: Partial<UpstreamOptions>,
    create: (options: Settings & { readonly upstream: Upstream }) => ProviderConnector,
  ): readonly ProviderConnection[] => {
    if (of === null) return []
    const upstream = createUpstream({ ...shared, ...own, baseUrl: of.baseUrl })
    return [{ connector: create({ ...of, upstream }), upstream }]
  }
  return [...connect(settings.openBankProject, OBP_UPSTREAM, createOpenBankProjectConnector)]
}
