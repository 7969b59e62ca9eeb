import type { ServerResponse } from 'node:http'
import { GraphQLError } from 'graphql'
import { RETRY_AFTER_SECONDS } from '../graphql/pipeline/admission.ts'
import type { ErrorMask } from '../graphql/pipeline/error-mask.ts'
import type { ProtocolCode } from '../graphql/pipeline/protocol-errors.ts'

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** Of a load balancer the next connection may lead to another process. */
export const LATER_ELSEWHERE = { 'retry-after': String(RETRY_AFTER_SECONDS), connection: 'close' }

export const JSON_TYPE = 'application/json; charset=utf-8'

/** For whatever is not a page of our own: it is data, nobody may frame, sniff, cache or refer from it. */
const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

export const writeHead = (response: ServerResponse, status: number, headers: Reply['headers']): void => {
  response.writeHead(status, { ...SECURITY_HEADERS, ...headers })
}

/**
 * Headers of the reply come last, so that a page can bring its own policy. Does nothing once a caller has gone away.
 *
 * @param others of the response, whatever the reply is
 */
export const writeReply = (response: ServerResponse, reply: Reply, others?: Reply['headers']): void => {
  if (response.headersSent || response.destroyed) return
  const { status, headers, body = '' } = reply
  const length = String(Buffer.byteLength(body))
  const varied = others?.['vary'] !== undefined && headers?.['vary'] !== undefined
  const vary = varied ? { vary: `${others['vary']}, ${headers['vary']}` } : {}
  response.writeHead(status, { ...SECURITY_HEADERS, 'content-length': length, ...others, ...headers, ...vary })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

export const jsonReply = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers: { 'content-type': JSON_TYPE, ...headers },
  body: JSON.stringify(value),
})

/** What is wrong with a request before any route or operation has it; shaped as a GraphQL response. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused'
  readonly status: number
  readonly code: ProtocolCode
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: ProtocolCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

export const errorReply = (error: unknown, mask: ErrorMask, requestId: string): Reply => {
  if (!(error instanceof RequestRefused)) return jsonReply(500, { errors: [mask(error, requestId)] })
  const { message, code, status, headers } = error
  return jsonReply(status, { errors: [mask(new GraphQLError(message, { extensions: { code } }), requestId)] }, headers)
}
