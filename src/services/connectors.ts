import { GatewayError } from '../domain/errors.ts'
import type {
  CallContext,
  ConsentKey,
  ProviderConnector,
  ProviderDescriptor,
  ProviderUser,
} from '../domain/provider.ts'
import type { ProviderId } from '../domain/provider-id.ts'
import type { Consent } from '../domain/consent.ts'
import type { RequestId, UserId } from '../domain/ids.ts'
import type { ProviderLink, Store } from '../domain/store.ts'

export type HealthState = 'UP' | 'DEGRADED' | 'DOWN' | 'UNKNOWN'
export type CircuitState = 'CLOSED' | 'HALF_OPEN' | 'OPEN'

export interface ProviderHealth {
  readonly state: HealthState
  readonly circuit: CircuitState
  readonly checkedAt: Date | null
  readonly retryAt: Date | null
  readonly p95Millis: number | null
  /** 0 to 1. */
  readonly errorRate: number | null
}

/** A provider that this gateway is configured for. */
export interface ConnectedProvider {
  readonly connector: ProviderConnector
  readonly sandbox: boolean
  health(): ProviderHealth
}

/** The providers in use, in the order of the schema. */
export interface Connectors {
  all(): readonly ConnectedProvider[]
  find(id: ProviderId): ConnectedProvider | null
  /** What is known of a provider whether it is configured or not. */
  describe(id: ProviderId): ProviderDescriptor
  health(id: ProviderId): ProviderHealth
}

const UNKNOWN_HEALTH: ProviderHealth = {
  state: 'UNKNOWN',
  circuit: 'CLOSED',
  checkedAt: null,
  retryAt: null,
  p95Millis: null,
  errorRate: null,
}

export const createConnectors = (
  providers: readonly ConnectedProvider[],
  descriptors: Readonly<Record<ProviderId, ProviderDescriptor>>,
): Connectors => {
  const byId = new Map(providers.map((provider) => [provider.connector.id, provider]))
  return {
    all: () => providers,
    find: (id) => byId.get(id) ?? null,
    describe: (id) => descriptors[id],
    health: (id) => byId.get(id)?.health() ?? UNKNOWN_HEALTH,
  }
}

/** @throws GatewayError CAPABILITY_NOT_SUPPORTED where the provider is not configured */
export const connectorOf = (connectors: Connectors, id: ProviderId, ...path: readonly string[]): ProviderConnector => {
  const provider = connectors.find(id)
  if (provider !== null) return provider.connector
  throw new GatewayError('CAPABILITY_NOT_SUPPORTED', {
    message: `The provider ${id} is not configured in this gateway.`,
    ...(path.length > 0 && { path }),
  })
}

/** Real time. A call that may take effect is not tied to the caller's connection: hanging up must not lose its answer. */
export const callWithin = (timeoutMs: number, requestId: RequestId, caller?: AbortSignal): CallContext => ({
  signal: caller ?? new AbortController().signal,
  deadline: new Date(Date.now() + timeoutMs),
  requestId,
})

/** The links of each of these users, in their order. */
export type ReadLinks = (ids: readonly UserId[]) => Promise<readonly (readonly ProviderLink[])[]>

/** The users at their providers, for each of the consents; one read for all. */
export const linkedUsers = async (
  read: ReadLinks,
  consents: readonly Pick<Consent, 'userId' | 'provider'>[],
): Promise<readonly (ProviderUser | null)[]> => {
  const links = await read(consents.map(({ userId }) => userId))
  return consents.map(({ provider }, index) => links[index]?.find((link) => link.provider === provider)?.user ?? null)
}

export const linkedUser = async (
  store: Store,
  consent: Pick<Consent, 'userId' | 'provider'>,
): Promise<ProviderUser | null> =>
  (await linkedUsers((ids) => store.links.byUsers('SYSTEM', ids), [consent]))[0] ?? null

class KeyOfConsent implements ConsentKey {
  readonly consentId: ConsentKey['consentId']
  readonly providerConsentId: string
  readonly institutionRef: string | null
  readonly user: ProviderUser | null
  readonly #consent: Consent

  constructor(consent: Consent, providerConsentId: string, user: ProviderUser | null) {
    this.consentId = consent.id
    this.providerConsentId = providerConsentId
    this.institutionRef = consent.institutionRef
    this.user = user
    this.#consent = consent
  }

  /** Not every read needs them, and opening them takes its time. */
  get secrets(): ConsentKey['secrets'] {
    return this.#consent.secrets
  }
}

/** Null while the provider has no consent of ours. */
export const toConsentKey = (consent: Consent, user: ProviderUser | null): ConsentKey | null =>
  consent.providerConsentId === null ? null : new KeyOfConsent(consent, consent.providerConsentId, user)
