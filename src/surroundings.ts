import type { Config, ProviderConfig } from './config.ts'
import type { ProviderDescriptor, ProviderHealthReport } from './domain/provider.ts'
import { randomIds } from './domain/ids.ts'
import { connectProviders, describeProviders } from './providers/registry.ts'
import { callWithin } from './services/connectors.ts'
import { readIssuerKeys } from './services/oidc/issuer-keys.ts'
import { createDocumentReader } from './upstream/document-reader.ts'
import { probe, type ProbeAnswer } from './upstream/probe.ts'

export interface ProviderSurroundings {
  readonly descriptor: ProviderDescriptor
  readonly mode: ProviderConfig<unknown>['mode']
  /** Where it is; null where it is not called for real. */
  readonly baseUrl: string | null
  /** What the provider must be told of the gateway. */
  readonly needs: { readonly callback: boolean; readonly webhook: boolean }
  /** Everything in PEM that is shown to it. */
  readonly certificates: readonly string[]
  /** One call, as the gateway makes it. Null where it is not called for real. */
  readonly check: ((signal: AbortSignal) => Promise<ProviderHealthReport>) | null
}

/** What a gateway with this configuration depends on outside of its process. */
export interface Surroundings extends AsyncDisposable {
  readonly providers: readonly ProviderSurroundings[]
  /** How many keys of the OIDC issuer can verify tokens. */
  countIssuerKeys(issuer: string): Promise<number>
  probe(address: string, signal: AbortSignal): Promise<ProbeAnswer>
}

const CALL_MS = 5_000

const certificatesIn = (settings: object): readonly string[] =>
  Object.values(settings).flatMap((value: unknown) => {
    if (typeof value === 'string') return value.includes('-----BEGIN CERTIFICATE-----') ? [value] : []
    return typeof value === 'object' && value !== null ? certificatesIn(value) : []
  })

/** Opens no connection by itself. */
export const openSurroundings = ({ providers }: Config): Surroundings => {
  const real = <Settings>(of: ProviderConfig<Settings>): Settings | null => (of.mode === 'REAL' ? of : null)
  const connections = connectProviders({
    enableBanking: real(providers.enableBanking),
    fiskil: real(providers.fiskil),
    openBankProject: real(providers.openBankProject),
    insurely: real(providers.insurely),
  })
  const descriptors = describeProviders(connections.map(({ connector }) => connector))
  const reader = createDocumentReader({ timeoutMs: CALL_MS })

  return {
    providers: Object.values(descriptors).map((descriptor) => {
      const of = providers[descriptor.optionsName as keyof Config['providers']]
      const connector = connections.find((connection) => connection.connector.id === descriptor.id)?.connector
      return {
        descriptor,
        mode: of.mode,
        baseUrl: of.mode === 'REAL' ? of.baseUrl : null,
        needs: { callback: connector?.complete !== undefined, webhook: connector?.decodeWebhook !== undefined },
        certificates: of.mode === 'REAL' ? certificatesIn(of) : [],
        check:
          connector === undefined
            ? null
            : (signal) => connector.check(callWithin(CALL_MS, randomIds.next('req'), signal)),
      }
    }),
    countIssuerKeys: async (issuer) => new Set((await readIssuerKeys(issuer, reader.read)).values()).size,
    probe,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...connections.map(({ upstream }) => upstream.close()), reader[Symbol.asyncDispose]()])
    },
  }
}
