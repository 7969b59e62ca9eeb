import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'

/** Thrown by any step, answered as `{ code, message }`. */
export class ObpRefusal extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

export function toReply({ status, message, headers }: ObpRefusal): Reply {
  return json(status, { code: status, message }, headers)
}

/** Causes are chained outermost first. */
export function connectorRefusal(cause: string): ObpRefusal {
  return new ObpRefusal(400, `OBP-50200: Connector cannot return the data we requested. <- ${cause}`)
}

export const consentNotFound = 'OBP-35001: Consent not found by CONSENT_ID. '
export const alreadyRevoked = 'OBP-35012: Consent is already revoked. '
export const alreadyAnswered = 'OBP-35025: The consent challenge was answered already. '

/** Also what an unparsable JSON body, or one without the content type, gets. */
export const noSuchRoute = () =>
  new ObpRefusal(404, 'OBP-10404: 404 Not Found. The server has not found anything matching the Request-URI.')

export const notLoggedIn = () =>
  new ObpRefusal(401, 'OBP-20001: User not logged in. Authentication is required!', {
    'WWW-Authenticate': 'OAuth, DirectLogin',
  })

export const jsonDoesNotFit = (bodyName: string) =>
  new ObpRefusal(400, `OBP-10001: Incorrect json format. The Json body should be the ${bodyName} `)

/** No Retry-After: this server sends none. */
export const tooManyRequests = (perMinute = 10) =>
  new ObpRefusal(
    429,
    `OBP-10018: Too Many Requests. We only allow ${String(perMinute)} requests per minute for this Consumer.`,
    { 'X-Rate-Limit-Limit': String(perMinute), 'X-Rate-Limit-Remaining': '0', 'X-Rate-Limit-Reset': '30' },
  )

export const internalError = () => new ObpRefusal(500, 'OBP-50005: An unspecified or internal error occurred.')
