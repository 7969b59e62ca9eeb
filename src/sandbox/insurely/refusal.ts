import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'

/** Thrown by any step, answered as `{ errorCode, errorMessage }`: the envelope of older endpoints of the API. */
export class InsurelyRefusal extends Error {
  readonly status: number
  readonly errorCode: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, errorCode: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.errorCode = errorCode
    this.headers = headers
  }
}

export const toReply = ({ status, errorCode, message, headers }: InsurelyRefusal): Reply =>
  json(status, { errorCode, errorMessage: message }, headers)

export const badRequest = (message: string, errorCode = 'BAD_REQUEST') => new InsurelyRefusal(400, errorCode, message)

export const unauthorized = (message: string) => new InsurelyRefusal(401, 'UNAUTHORIZED', message)

export const notFound = (what: string) => new InsurelyRefusal(404, 'NOT_FOUND', `${what} was not found`)

export const tooManyRequests = () => new InsurelyRefusal(429, 'TOO_MANY_REQUESTS', 'Slow down', { 'Retry-After': '1' })

export const bankFailed = () => new InsurelyRefusal(502, 'THIRD_PARTY_ERROR', 'The bank did not answer')
