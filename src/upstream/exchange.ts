import type { Dispatcher } from 'undici'
import type { GatewayError } from '../domain/errors.ts'
import { watchLimit } from './limit.ts'
import type { UpstreamRequest, WireRequest } from './request.ts'
import { type ResponseHeaders, UpstreamResponse } from './response.ts'
import { toLimitFault, toTransportFault, type TransportFault } from './transport-fault.ts'

const textOf = (chunks: readonly Buffer[]): string => {
  const [first] = chunks
  if (first === undefined) return ''
  return (chunks.length === 1 ? first : Buffer.concat(chunks)).toString('utf8')
}

/**
 * One attempt, under the connection pool's own event interface: two thirds of the cost of `request`, it tells whether the
 * request had begun to leave, and an attempt that still waits for a connection ends when its call ends.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: UpstreamRequest
  readonly #earlierLost: boolean
  readonly #settle: (outcome: UpstreamResponse | TransportFault) => void
  readonly #stopWatch: () => void
  readonly #chunks: Buffer[] = []
  #controller: Dispatcher.DispatchController | null = null
  #ended: GatewayError | null = null
  #status = 0
  #headers: ResponseHeaders = {}

  constructor(
    request: UpstreamRequest,
    earlierLost: boolean,
    settle: (outcome: UpstreamResponse | TransportFault) => void,
  ) {
    this.#request = request
    this.#earlierLost = earlierLost
    this.#settle = settle
    this.#stopWatch = watchLimit(request.call, (end) => this.#end(end))
  }

  #facts() {
    return { effect: this.#request.effect, sent: this.#controller !== null }
  }

  #end(end: GatewayError): void {
    this.#ended = end
    this.#settle(toLimitFault(end, this.#facts()))
    this.#controller?.abort(end)
  }

  /** The last moment at which nothing has left: aborted here, nothing does. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#ended) controller.abort(this.#ended)
    else this.#controller = controller
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    if (this.#ended) return
    this.#stopWatch()
    this.#settle(
      new UpstreamResponse({
        operation: this.#request.operation,
        effect: this.#request.effect,
        status: this.#status,
        headers: this.#headers,
        text: textOf(this.#chunks),
        earlierLost: this.#earlierLost,
      }),
    )
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#ended) return
    this.#stopWatch()
    this.#settle(toTransportFault(error, this.#facts()))
  }
}

/** Sends once and reads the answer to its end. Never rejects. */
export const exchange = (
  dispatcher: Dispatcher,
  request: UpstreamRequest,
  wire: WireRequest,
  earlierLost: boolean,
): Promise<UpstreamResponse | TransportFault> =>
  new Promise((resolve) => {
    dispatcher.dispatch(wire, new Exchange(request, earlierLost, resolve))
  })
