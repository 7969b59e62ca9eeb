import type { ConsentEventType, EventCursor } from './event.ts'
import type { ClientId, EventId, WebhookDeliveryId, WebhookEndpointId } from './ids.ts'

/** Names of the types of events; the compiler holds the list complete. */
const EVENT_TYPES = {
  ConsentStatusChanged: true,
  ConsentDetailsChanged: true,
  ConsentExpiringSoon: true,
  ConsentRevocationProgressed: true,
  AuthStepChanged: true,
} as const satisfies Readonly<Record<ConsentEventType, true>>

export const isEventType = (name: string): name is ConsentEventType => Object.hasOwn(EVENT_TYPES, name)

/** Of an event that belongs to no consent. */
export const TEST_EVENT = 'WebhookTest'

/** What signs the messages of an endpoint: `whsec_` and base64. Sealed at rest. */
export interface WebhookSecrets {
  readonly current: string
  /** Sign too, each until its time. Newest first. */
  readonly former: readonly { readonly secret: string; readonly until: Date }[]
}

/** Where an API client wants its events. All instants are real time, as receivers compare them with their own. */
export interface WebhookEndpoint {
  readonly id: WebhookEndpointId
  readonly clientId: ClientId
  /** As it was written. */
  readonly url: string
  /** Empty for all. */
  readonly eventTypes: readonly ConsentEventType[]
  /** Gets the events of consents that name it, and no others. Who names an endpoint gets events of every type. */
  readonly onlyNamed: boolean
  readonly enabled: boolean
  /** Null once deleted. */
  readonly secrets: WebhookSecrets | null
  /** Events up to here have become messages, or were none of this endpoint's. */
  readonly cursor: EventCursor
  /** Grows by one with every change but the cursor's; the compare-and-set key. */
  readonly version: number
  readonly testedAt: Date | null
  readonly createdAt: Date
  /** Kept after its end, so that a repeated request can be answered again. */
  readonly deletedAt: Date | null
}

/** An event that an endpoint has not acknowledged. */
export interface WebhookMessage {
  readonly endpointId: WebhookEndpointId
  /** Also the `webhook-id`; the same in each attempt. */
  readonly eventId: EventId
  readonly eventType: ConsentEventType | typeof TEST_EVENT
  /** JSON, byte for byte what is signed and sent. */
  readonly body: string
  /** Attempts so far. */
  readonly attempts: number
  readonly dueAt: Date
  readonly createdAt: Date
}

/** One attempt, for the log. */
export interface WebhookDelivery {
  readonly id: WebhookDeliveryId
  readonly endpointId: WebhookEndpointId
  readonly eventId: EventId
  readonly eventType: WebhookMessage['eventType']
  /** From 1. */
  readonly attempt: number
  readonly attemptedAt: Date
  readonly httpStatus: number | null
  /** Why no answer came; fixed words. */
  readonly error: string | null
  readonly nextAttemptAt: Date | null
  readonly delivered: boolean
}

export type WebhookAnswer =
  | { readonly status: number; readonly waitMs: number | null }
  /** Fixed words, such as `connection refused`. */
  | { readonly error: string }

/** Sends to addresses that API clients chose. */
export interface WebhookSender extends AsyncDisposable {
  /** May this address be called? A name that cannot be resolved now may: each connection is checked again. */
  permits(url: string): Promise<boolean>
  /** Never follows a redirect. Never rejects but with the signal's reason. */
  send(request: {
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    readonly signal: AbortSignal
  }): Promise<WebhookAnswer>
}

/** Changes around endpoints: see `Write`. */
export type WebhookWrite =
  /** Conflicts with an address that the client has registered already. */
  | { readonly kind: 'webhook.insert'; readonly endpoint: WebhookEndpoint }
  /** Everything but the cursor. Conflicts also with an address that the client has registered already. */
  | { readonly kind: 'webhook.update'; readonly endpoint: WebhookEndpoint }
  /** Passes over everything up to the cursor. */
  | { readonly kind: 'webhook.skip'; readonly endpointId: WebhookEndpointId; readonly to: EventCursor }
  /** Moves the cursor and keeps what it passed; conflicts unless it stood at `from` and the endpoint is switched on. */
  | {
      readonly kind: 'webhook.take'
      readonly endpointId: WebhookEndpointId
      readonly from: EventCursor
      readonly to: EventCursor
      readonly messages: readonly WebhookMessage[]
    }
  | { readonly kind: 'webhook.message'; readonly message: WebhookMessage }
  /** Logs an attempt and puts its message off, or ends it without `nextAttemptAt`. Conflicts where that attempt is logged. */
  | { readonly kind: 'webhook.attempted'; readonly delivery: WebhookDelivery }
  /** Forgets what waits for another attempt. */
  | { readonly kind: 'webhook.discard'; readonly endpointId: WebhookEndpointId }
