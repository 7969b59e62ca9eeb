import { GatewayError } from '../domain/errors.ts'
import type { CallContext } from '../domain/provider.ts'

/** Declared for each call, never derived from the method: Open Bank Project revokes a consent with GET. */
export type Effect = 'none' | 'possible'

export interface UpstreamRequest {
  /** A stable name of few values, for metrics and logs: `consents.list`. */
  readonly operation: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From the base URL on, starting with a slash, already encoded: see `toPath`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Sent in exactly this spelling; Open Bank Project matches `Consent-JWT` by case. Undefined ones are left out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** Sent as it is, with a `Content-Type` from `headers`. */
  readonly body?: string
  /** Serialized, with `Content-Type: application/json`. Not together with `body`. */
  readonly json?: unknown
  readonly effect: Effect
  /** May be sent again where no answer came: a read, or a call whose second run changes nothing more. */
  readonly repeatable: boolean
  /**
   * Names the rights with which a read is made (never the credential itself). Reads in flight that are equal in this, the
   * address, the headers and the body share one answer. Absent: never shared. Ignored where `effect` is `possible`.
   */
  readonly shareKey?: string
  /** The provider's name of the institution that the call is about; it gets a circuit of its own. */
  readonly institution?: string | undefined
  readonly call: CallContext
}

/** What goes to the wire. `headers` alternates names and values. */
export interface WireRequest {
  readonly method: UpstreamRequest['method']
  readonly path: string
  readonly headers: string[]
  readonly body: string | null
}

export interface WireOptions {
  /** The path of the base URL, without a slash at its end. */
  readonly prefix: string
  /** Sent with each call, unless it has a header of the same spelling. */
  readonly headers: Readonly<Record<string, string>>
  readonly requestIdHeader: string | null
}

const programmingFault = (problem: string): GatewayError => new GatewayError('INTERNAL', { cause: new Error(problem) })

/** Anything that would make another address of it, or that is a secret's way into a log. */
const NOT_A_PATH = /^(?!\/)|[?#\s]|\/\.{1,2}(?:\/|$)/

/**
 * A template tag that encodes what it is given: toPath`/sessions/${id}`. Throws INTERNAL for a value that would name
 * another resource: nothing, `.` or `..`.
 */
export const toPath = (parts: TemplateStringsArray, ...values: readonly string[]): string =>
  parts.reduce((path, part, index) => {
    const value = values[index - 1] ?? ''
    if (/^\.{0,2}$/.test(value)) throw programmingFault('a path segment is empty or made of dots')
    return path + encodeURIComponent(value) + part
  })

const toQuery = (query: NonNullable<UpstreamRequest['query']>): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.append(name, String(value))
  return search.size === 0 ? '' : `?${search}`
}

export const toWireRequest = (request: UpstreamRequest, options: WireOptions): WireRequest => {
  if (NOT_A_PATH.test(request.path)) throw programmingFault(`the path of ${request.operation} is not a plain path`)
  const own = request.headers ?? {}
  const headers: string[] = []
  for (const [name, value] of Object.entries(options.headers)) if (!(name in own)) headers.push(name, value)
  for (const [name, value] of Object.entries(own)) if (value !== undefined) headers.push(name, value)
  if (options.requestIdHeader !== null) headers.push(options.requestIdHeader, request.call.requestId)
  let body = request.body ?? null
  if (request.json !== undefined) {
    body = JSON.stringify(request.json)
    headers.push('Content-Type', 'application/json')
  }
  return {
    method: request.method,
    path: options.prefix + request.path + (request.query === undefined ? '' : toQuery(request.query)),
    headers,
    body,
  }
}
