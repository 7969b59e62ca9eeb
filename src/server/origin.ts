import type { IncomingHttpHeaders } from 'node:http'

const PREFLIGHT_SECONDS = 600
const ALLOWED_HEADERS =
  'authorization, content-type, x-request-id, apollo-require-preflight, x-apollo-operation-name, last-event-id, x-consentgraph-cost'

export interface OriginPolicy {
  /** Headers for a response to this origin; without them a browser keeps the response from the page. */
  responseHeaders(origin: string | undefined): Readonly<Record<string, string>>
  preflightHeaders(origin: string | undefined): Readonly<Record<string, string>>
  /** May a page of this origin open a WebSocket here? Browsers ask nobody before they do. */
  maySocket(headers: IncomingHttpHeaders): boolean
}

const isSameOrigin = (origin: string, host: string | undefined): boolean =>
  URL.canParse(origin) && new URL(origin).host === host

/** Origins are compared exactly: scheme, host and port. No credentials: a token travels in a header, never in a cookie. */
export const createOriginPolicy = (allowedOrigins: readonly string[]): OriginPolicy => {
  const allowed = new Set(allowedOrigins)
  const responseHeaders: OriginPolicy['responseHeaders'] = (origin) => {
    if (allowed.size === 0 || origin === undefined) return allowed.size === 0 ? {} : { vary: 'Origin' }
    if (!allowed.has(origin)) return { vary: 'Origin' }
    return {
      vary: 'Origin',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'x-request-id, retry-after',
      'cross-origin-resource-policy': 'cross-origin',
    }
  }
  return {
    responseHeaders,
    preflightHeaders: (origin) =>
      origin !== undefined && allowed.has(origin)
        ? {
            ...responseHeaders(origin),
            'access-control-allow-methods': 'GET, POST, OPTIONS',
            'access-control-allow-headers': ALLOWED_HEADERS,
            'access-control-max-age': String(PREFLIGHT_SECONDS),
          }
        : responseHeaders(origin),
    maySocket: ({ origin, host }) => origin === undefined || allowed.has(origin) || isSameOrigin(origin, host),
  }
}
