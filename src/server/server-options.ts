import type { WebhookSender } from '../domain/webhook.ts'
import type { CredentialEnds } from '../graphql/pipeline/credential-end.ts'
import type { Pipeline } from '../graphql/pipeline/pipeline.ts'
import type { ContextFactory, RequestContext } from '../graphql/pipeline/request.ts'
import type { ReadinessCheck } from './health.ts'
import type { Reply } from './reply.ts'
import type { Route } from './route.ts'

/** When the credential of a context ends, its sockets are closed with 4403, its event streams end with an error. */
export interface ServerOptions<Context extends RequestContext> extends CredentialEnds<Context> {
  readonly pipeline: Pipeline<Context>
  readonly contextFor: ContextFactory<Context>
  /** Whose allowance of subscriptions a context counts against. */
  readonly clientOf: (context: Context) => string
  readonly newRequestId: () => string
  /** Origins whose pages may call, as `https://app.example.com`. The server's own is always allowed. */
  readonly allowedOrigins: readonly string[]
  /** Addresses and networks whose `X-Forwarded-For` is believed. Default none. */
  readonly trustedProxies?: readonly string[]
  readonly readiness: Readonly<Record<string, ReadinessCheck>>
  /** Beside `/graphql` and `/health/...`: callbacks, webhooks, metrics. */
  readonly routes?: readonly Route[]
  /** Calls routers that subscribe by callback; none: they are refused as all subscriptions without a stream are. */
  readonly callbacks?: {
    readonly sender: Pick<WebhookSender, 'send'>
    /** Who has shown no credential has nobody called. */
    readonly isKnown: (context: Context) => boolean
  }
  /** Answers a browser that opens `/graphql`; none outside development. */
  readonly page?: () => Promise<Reply>
  /** Of a body, and of a WebSocket message. Default 262,144. */
  readonly bodyLimitBytes?: number
  /** For routes. Default 15,000. */
  readonly routeTimeoutMs?: number
  /** Between readiness going down and the listener closing, for a load balancer to notice. Default 0. */
  readonly announceMs?: number
  readonly maxConnections?: number
  /** Operations in flight, over all transports; beside them as many callbacks that a router has yet to confirm. Default 5,000. */
  readonly maxInFlight?: number
  /** How late the event loop may be before operations are refused. Default 50; 0: however late. */
  readonly maxLoopDelayMs?: number
  /** Sockets, event streams and routers called back, of all clients and of each. Default 10,000 and 5,000. */
  readonly maxSockets?: number
  readonly maxSocketsPerClient?: number
  readonly maxOperationsPerSocket?: number
  readonly maxSubscriptionsPerClient?: number
  /** Of sockets and event streams. Default 12,000. */
  readonly keepAliveMs?: number
  readonly timeouts?: Partial<HttpTimeouts>
}

/** Against callers who send slowly on purpose. */
export interface HttpTimeouts {
  /** Until the headers are there. Default 10,000. */
  readonly headersMs: number
  /** Until the whole request is there. Default 30,000. */
  readonly requestMs: number
  /** Of an idle connection. Default 65,000: longer than load balancers wait (60 s), so that they do not send into its end. */
  readonly keepAliveMs: number
  /** How often the others are looked at. Default 2,000. */
  readonly checkMs: number
}
