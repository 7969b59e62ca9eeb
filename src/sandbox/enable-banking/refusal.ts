import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'

/** Thrown by any step, answered as Enable Banking's ErrorResponse. */
export class Refusal extends Error {
  readonly status: number
  readonly error: string
  readonly detail: unknown
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    error: string,
    message: string,
    more: { readonly detail?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message)
    this.status = status
    this.error = error
    this.detail = more.detail ?? null
    this.headers = more.headers ?? {}
  }
}

export function toReply({ status, error, message, detail, headers }: Refusal): Reply {
  return json(status, { message, code: status, error, detail }, headers)
}

/** @param problems what is wrong, field by field */
export const wrongParameters = (message: string, problems: unknown = null) =>
  new Refusal(422, 'WRONG_REQUEST_PARAMETERS', message, { detail: problems })

export const noSuchSession = () => new Refusal(404, 'SESSION_DOES_NOT_EXIST', 'No session found matching provided id')

/** Both shapes of `detail` that were seen: an object, and a bare sentence. */
export function bankFault(shape: 'object' | 'sentence'): Refusal {
  const detail =
    shape === 'sentence'
      ? 'Unknown error'
      : { message: 'The bank answered 503', error_name: 'ASPSPException', error_data: null }
  return new Refusal(400, 'ASPSP_ERROR', 'Error interacting with ASPSP', { detail })
}

/** The documented form has no Retry-After; `retryAfterSeconds` adds what a proxy may add. */
export function tooManyFetches(retryAfterSeconds?: number): Refusal {
  return new Refusal(429, 'ASPSP_RATE_LIMIT_EXCEEDED', 'Consent daily limit 4 is exceeded', {
    detail: retryAfterSeconds === undefined ? 'Unknown error' : { error_name: 'RateLimitException', error_data: null },
    ...(retryAfterSeconds !== undefined && { headers: { 'Retry-After': String(retryAfterSeconds) } }),
  })
}
