import { randomBytes, randomUUID } from 'node:crypto'
import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'

/** Thrown by any step. The user and consent service answers in the `goa` shape, the data service in its own. */
export class Refusal extends Error {
  readonly status: number
  readonly word: string
  readonly service: 'goa' | 'data'

  constructor(status: number, word: string, message: string, service: 'goa' | 'data' = 'goa') {
    super(message)
    this.status = status
    this.word = word
    this.service = service
  }
}

export function toReply({ status, word, message, service }: Refusal): Reply {
  if (service === 'data') return json(status, { id: `err_${randomUUID()}`, name: word, message })
  const id = randomBytes(6).toString('base64url')
  const temporary = status === 429 || status === 503
  return json(
    status,
    { name: word, id, message, temporary, timeout: false, fault: status === 500 },
    { 'Content-Type': 'application/vnd.goa.error' },
  )
}

export const badRequest = (message: string) => new Refusal(400, 'bad_request', message)
export const unauthorized = () => new Refusal(401, 'unauthorized', 'invalid or expired token')
/** No Retry-After is documented. */
export const tooManyRequests = () => new Refusal(429, 'too_many_requests', 'too many requests')
export const internalError = () => new Refusal(500, 'internal_error', 'something went wrong')
export const noSuchEndUser = (status: 400 | 404) =>
  new Refusal(status, 'end_user_not_found', 'an end user with that id was not found')
