import type { Clock } from '../domain/clock.ts'
import type { IdSource, RequestId } from '../domain/ids.ts'
import type { Moment } from '../domain/observe.ts'
import type { Store } from '../domain/store.ts'
import type { Connectors } from './connectors.ts'
import type { RateLimitSettings } from './rate-limits.ts'

export interface ServiceSettings {
  /** One call that may take effect at a provider, real time. */
  readonly providerCallMs: number
  /** All provider reads of one request together, real time. */
  readonly readDeadlineMs: number
  /** Where a provider gives no end of its own, by the clock consents live by. */
  readonly sessionLifetimeMs: number
  /** How long a denial waits for a valid code that may still come, by the clock consents live by. */
  readonly callbackGraceMs: number
  /** Days before its end at which a consent is announced to end. */
  readonly expiryNoticeDays: readonly number[]
  /** How long things are kept, real time: events, observations after the end of their consent, idempotency records. */
  readonly keepDays: { readonly events: number; readonly observations: number; readonly idempotency: number }
  /** The address under which the internet reaches this gateway: callbacks and links. Known once it listens. */
  readonly publicUrl: () => string
  readonly rateLimits: RateLimitSettings
  /** True where `webhookUrl` may be any address, and not only a registered one. */
  readonly anyWebhookUrl: boolean
  /** Below it: the gateway's own return address, which every client may use. */
  readonly popupReturnPath: string
}

/** What the operator's log may tell of an event, by name: fixed words, ids and counts, never personal or secret. */
export type ReportedFact =
  | 'attempts'
  | 'code'
  | 'consentId'
  | 'forgotten'
  | 'job'
  | 'kinds'
  | 'provider'
  | 'requestId'
  | 'rows'
  | 'sessionId'
  | 'subject'
  | 'userId'
  | 'webhookEndpointId'
  | 'what'

export type Report = (
  event: string,
  facts: Readonly<Partial<Record<ReportedFact, string | number | boolean | null>>>,
  error?: unknown,
) => void

/** What every use case is built from. */
export interface ServiceContext {
  readonly store: Store
  readonly clock: Clock
  readonly ids: IdSource
  readonly connectors: Connectors
  readonly settings: ServiceSettings
  readonly report: Report
}

export const momentOf = ({ clock, ids, settings, connectors }: ServiceContext): Moment => ({
  now: clock.now(),
  realNow: new Date(),
  ids,
  noticeDays: settings.expiryNoticeDays,
  stateAfterEnd: ({ provider, state }) => connectors.find(provider)?.connector.stateAfterEnd?.(state) ?? {},
})

/** For work without a request. */
export const ownRequestId = ({ ids }: Pick<ServiceContext, 'ids'>): RequestId => ids.next('req')
