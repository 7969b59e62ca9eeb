import { systemClock } from '../../src/domain/clock.ts'
import { randomIds } from '../../src/domain/ids.ts'
import type { ProviderConnector } from '../../src/domain/provider.ts'
import type { Store } from '../../src/domain/store.ts'
import { describeProviders } from '../../src/providers/registry.ts'
import { type Connectors, createConnectors } from '../../src/services/connectors.ts'
import type { ServiceContext, ServiceSettings } from '../../src/services/context.ts'
import { NO_RATE_LIMITS } from './no-rate-limits.ts'

const HEALTH = {
  state: 'UP',
  circuit: 'CLOSED',
  checkedAt: null,
  retryAt: null,
  p95Millis: null,
  errorRate: null,
} as const

/** All well. */
export const connected = (...connectors: readonly ProviderConnector[]): Connectors =>
  createConnectors(
    connectors.map((connector) => ({ connector, sandbox: true, health: () => HEALTH })),
    describeProviders(connectors),
  )

/** What use cases are built from, without a provider; `reported` takes what an operator would be told. */
export const contextOf = (
  store: Store,
  reported: string[] = [],
  settings: Partial<ServiceSettings> = {},
): ServiceContext => ({
  store,
  clock: systemClock,
  ids: randomIds,
  connectors: connected(),
  report: (event) => reported.push(event),
  settings: {
    providerCallMs: 10_000,
    readDeadlineMs: 2_000,
    sessionLifetimeMs: 900_000,
    callbackGraceMs: 120_000,
    expiryNoticeDays: [],
    keepDays: { events: 90, observations: 365, idempotency: 30 },
    rateLimits: NO_RATE_LIMITS,
    publicUrl: () => '',
    anyWebhookUrl: false,
    popupReturnPath: '',
    ...settings,
  },
})
