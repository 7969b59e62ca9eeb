import { lookup } from 'node:dns'
import { isIP } from 'node:net'
import { Agent, buildConnector, type Dispatcher, errors } from 'undici'
import type { WebhookAnswer, WebhookSender } from '../domain/webhook.ts'
import { AddressRefused, createGuardedConnector, hostOf, type Resolve } from './guarded-connect.ts'
import type { ResponseHeaders } from './response.ts'
import { parseWaitMs } from './retry-after.ts'
import { isSpecialAddress } from './special-addresses.ts'

export interface WebhookSenderOptions {
  /** True: https to public addresses only. False, for development: any address. */
  readonly guarded: boolean
  /** Default 20 000: from the name's resolution to the answer's headers. */
  readonly timeoutMs?: number
  /** Default: as many as there are deliveries. */
  readonly connectionsPerOrigin?: number
  /** For tests; default: the system's. */
  readonly resolve?: Resolve
}

const TIMEOUT_MS = 20_000
/** Of an answer's body, which nobody reads: more ends the connection. */
const MAX_BODY_BYTES = 16_384
/** For the rest of a body, so that its connection can serve again. */
const BODY_MS = 2_000
const KEEP_ALIVE_MS = 4_000

const NO_ANSWER = 'no answer within 20 seconds'
const WORDS: Readonly<Record<string, string>> = {
  ADDRESS_REFUSED: 'address not allowed',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  UND_ERR_SOCKET: 'connection reset',
  ENOTFOUND: 'name not found',
  EAI_AGAIN: 'name not found',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: NO_ANSWER,
  UND_ERR_CONNECT_TIMEOUT: NO_ANSWER,
  UND_ERR_HEADERS_OVERFLOW: 'not an HTTP answer',
}

/** Fixed words only: texts of errors name hosts and quote what was received. */
const describeFailure = (error: Error): string => {
  if (error instanceof errors.HTTPParserError) return 'not an HTTP answer'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const own = WORDS[code]
  if (own !== undefined) return own
  return /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code) ? 'TLS failed' : 'connection failed'
}

/** Settles with the status: what comes after it says nothing. */
class Delivery implements Dispatcher.DispatchHandler {
  readonly #settle: (answer: WebhookAnswer) => void
  #controller: Dispatcher.DispatchController | null = null
  #ended = false
  #bodyBytes = 0
  #timer: NodeJS.Timeout

  constructor(timeoutMs: number, settle: (answer: WebhookAnswer) => void) {
    this.#settle = settle
    this.#timer = setTimeout(() => this.end(NO_ANSWER), timeoutMs)
  }

  end(error: string): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    this.#settle({ error })
    this.#controller?.abort(new Error(error))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#ended) controller.abort(new Error('given up'))
    else this.#controller = controller
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    // Informational: the answer is still to come.
    if (status < 200) return
    clearTimeout(this.#timer)
    const header = (name: string): string | undefined => {
      const value = headers[name]
      return typeof value === 'object' ? value[0] : value
    }
    this.#settle({ status, waitMs: parseWaitMs({ status, header }, Date.now()) })
    this.#timer = setTimeout(() => controller.abort(new Error('slow body')), BODY_MS)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bodyBytes += chunk.length
    if (this.#bodyBytes > MAX_BODY_BYTES) controller.abort(new Error('large body'))
  }

  onResponseEnd(): void {
    clearTimeout(this.#timer)
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.end(describeFailure(error))
    clearTimeout(this.#timer)
  }
}

export const createWebhookSender = (options: WebhookSenderOptions): WebhookSender => {
  const { guarded, timeoutMs = TIMEOUT_MS, connectionsPerOrigin = null, resolve = lookup } = options
  const connect = guarded
    ? createGuardedConnector({ timeoutMs, resolve })
    : buildConnector({ timeout: timeoutMs, allowH2: false, minVersion: 'TLSv1.2' })
  const agent = new Agent({
    connect,
    allowH2: false,
    pipelining: 1,
    connections: connectionsPerOrigin,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Each delivery has a timer of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
  })

  const resolvesToPublic = (host: string): Promise<boolean> =>
    new Promise((settle) => {
      resolve(host, { all: true }, (error, addresses) => {
        settle(error !== null || addresses.every(({ address }) => !isSpecialAddress(address)))
      })
    })

  const permits = async (text: string): Promise<boolean> => {
    const url = URL.parse(text)
    if (url === null) return false
    if (!guarded) return true
    const host = hostOf(url.hostname)
    if (url.protocol !== 'https:') return false
    return isIP(host) === 0 ? await resolvesToPublic(host) : !isSpecialAddress(host)
  }

  return {
    permits,

    send: ({ url: text, headers, body, signal }) =>
      new Promise((settle, reject) => {
        const url = URL.parse(text)
        if (url === null || (guarded && url.protocol !== 'https:')) {
          settle({ error: describeFailure(new AddressRefused()) })
          return
        }
        const stop = (): void => {
          reject(signal.reason as Error)
          delivery.end('given up')
        }
        const delivery = new Delivery(timeoutMs, (answer) => {
          signal.removeEventListener('abort', stop)
          settle(answer)
        })
        if (signal.aborted) return stop()
        signal.addEventListener('abort', stop)
        agent.dispatch({ origin: url.origin, path: url.pathname + url.search, method: 'POST', headers, body }, delivery)
      }),

    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}
