import type { IncomingHttpHeaders } from 'node:http'

/** What every context has. */
export interface RequestContext {
  readonly requestId: string
  /** What is answered may be otherwise at once, whatever `@cacheControl` says: nobody may keep it. Default false. */
  readonly isForNow?: boolean
}

/** One operation, before anybody knows who asks. */
export interface OperationRequest {
  /** The `Authorization` header, or `authorization` of connection_init. */
  readonly authorization: string | null
  readonly requestId: string
  /** Aborts at the deadline; for a subscription when it ends. */
  readonly signal: AbortSignal
  /** Null for a subscription: each event has its own. */
  readonly deadline: Date | null
  readonly remoteAddress: string | null
  /** Of the request, or of the WebSocket's upgrade. */
  readonly headers: IncomingHttpHeaders
  readonly transport: Transport
}

type Given = Omit<OperationRequest, 'signal'>

/** Makes its signal only where somebody asks for it: most operations have no use for one. */
export class SignalledRequest implements OperationRequest {
  readonly authorization: string | null
  readonly requestId: string
  readonly deadline: Date | null
  readonly remoteAddress: string | null
  readonly headers: IncomingHttpHeaders
  readonly transport: Transport
  readonly #signal: () => AbortSignal

  constructor(signal: () => AbortSignal, given: Given) {
    this.#signal = signal
    this.authorization = given.authorization
    this.requestId = given.requestId
    this.deadline = given.deadline
    this.remoteAddress = given.remoteAddress
    this.headers = given.headers
    this.transport = given.transport
  }

  get signal(): AbortSignal {
    return this.#signal()
  }
}

/** SSE: an event stream over HTTP. CALLBACK: a router is called with each event. */
export type Transport = 'HTTP' | 'WEBSOCKET' | 'SSE' | 'CALLBACK'

/** What is known of an operation wherever it runs. */
export interface RequestOrigin {
  readonly requestId: string
  readonly transport: Transport
}

/** Rejects with a GatewayError where there is no right to ask anything. Called once per operation. */
export type ContextFactory<Context extends RequestContext> = (request: OperationRequest) => Promise<Context>

/** One finished operation, for metrics. Holds nothing that a client wrote but the operation's name. */
export interface OperationReport {
  readonly requestId: string
  readonly transport: Transport
  readonly type: 'query' | 'mutation' | 'subscription' | null
  readonly name: string | null
  /** Of a subscription: until it was set up. */
  readonly durationMs: number
  readonly errorCodes: readonly string[]
}
