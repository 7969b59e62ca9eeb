import { type Clock, systemClock } from '../domain/clock.ts'
import type { ProviderCapabilities, ProviderConnector, ProviderDescriptor } from '../domain/provider.ts'
import type { ProviderId } from '../domain/provider-id.ts'
import { createUpstream, type Upstream, type UpstreamOptions } from '../upstream/upstream.ts'
import type { EnableBankingSettings } from './enable-banking/config.ts'
import { createEnableBankingConnector, ENABLE_BANKING_UPSTREAM } from './enable-banking/connector.ts'
import type { FiskilSettings } from './fiskil/config.ts'
import { createFiskilConnector, FISKIL_UPSTREAM } from './fiskil/connector.ts'
import type { InsurelySettings } from './insurely/config.ts'
import { createInsurelyConnector, INSURELY_UPSTREAM } from './insurely/connector.ts'
import type { OpenBankProjectSettings } from './open-bank-project/config.ts'
import { createOpenBankProjectConnector, OBP_UPSTREAM } from './open-bank-project/connector.ts'

/** Absent or null: not in use. */
export interface ProviderSettings {
  readonly enableBanking?: Reached<EnableBankingSettings> | null
  readonly fiskil?: Reached<FiskilSettings> | null
  readonly insurely?: Reached<InsurelySettings> | null
  readonly openBankProject?: Reached<OpenBankProjectSettings> | null
}

/** With how to be reached, which is no concern of the connector. */
type Reached<Settings> = Settings & Pick<UpstreamOptions, 'tls'>

export interface ProviderConnection {
  readonly connector: ProviderConnector
  /** Whoever connected closes it. */
  readonly upstream: Upstream
}

/** What all upstreams have in common. */
export type SharedUpstreamOptions = Omit<UpstreamOptions, 'baseUrl' | 'blame' | 'tls'>

/** The one list of providers. Opens no connection before the first call. */
export const connectProviders = (
  settings: ProviderSettings,
  /** The one that consents live by. */
  clock: Clock = systemClock,
  shared: SharedUpstreamOptions = {},
): readonly ProviderConnection[] => {
  const connect = <Settings extends { readonly baseUrl: string } & Pick<UpstreamOptions, 'tls'>>(
    of: Settings | null | undefined,
    own: Partial<UpstreamOptions>,
    create: (options: Settings & { readonly upstream: Upstream }) => ProviderConnector,
  ): readonly ProviderConnection[] => {
    if (of == null) return []
    const upstream = createUpstream({
      ...shared,
      ...own,
      baseUrl: of.baseUrl,
      ...(of.tls !== undefined && { tls: of.tls }),
    })
    return [{ connector: create({ ...of, upstream }), upstream }]
  }
  return [
    ...connect(settings.enableBanking, ENABLE_BANKING_UPSTREAM, (options) =>
      createEnableBankingConnector({ ...options, clock }),
    ),
    ...connect(settings.fiskil, FISKIL_UPSTREAM, (options) => createFiskilConnector({ ...options, clock })),
    ...connect(settings.openBankProject, OBP_UPSTREAM, createOpenBankProjectConnector),
    ...connect(settings.insurely, INSURELY_UPSTREAM, (options) => createInsurelyConnector({ ...options, clock })),
  ]
}

/** What a provider that is not configured can do here. */
const NOTHING: ProviderCapabilities = {
  steps: [],
  statusUpdates: { kind: 'CALLBACK_ONLY', pollIntervalMs: 0 },
  consentRead: 'BY_ID',
  ownUsers: false,
  revocation: false,
  renewal: false,
  revokeAfterRenewal: false,
  idempotentStart: false,
  accountSelection: false,
  validitySelection: false,
  accounts: false,
  erasure: false,
  maxConsentSeconds: null,
  validityMarginSeconds: 0,
}

/** Every provider there could be, with the capabilities it has as configured. */
export const describeProviders = (
  connected: readonly ProviderConnector[],
): Readonly<Record<ProviderId, ProviderDescriptor>> => {
  const describe = (id: ProviderId, displayName: string, optionsName: string): ProviderDescriptor =>
    connected.find((connector) => connector.id === id) ?? { id, displayName, optionsName, capabilities: NOTHING }
  return {
    ENABLE_BANKING: describe('ENABLE_BANKING', 'Enable Banking', 'enableBanking'),
    FISKIL: describe('FISKIL', 'Fiskil', 'fiskil'),
    OPEN_BANK_PROJECT: describe('OPEN_BANK_PROJECT', 'Open Bank Project', 'openBankProject'),
    INSURELY: describe('INSURELY', 'Insurely', 'insurely'),
  }
}
