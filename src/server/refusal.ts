import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRetryTimes, OVERLOADED } from '../graphql/pipeline/admission.ts'
import type { OriginPolicy } from './origin.ts'
import { JSON_TYPE, writeReply } from './reply.ts'
import { requestIdOf } from './request-id.ts'

/** Without an object of all headers, which Node makes when it is first asked for. */
const headerOf = ({ rawHeaders }: IncomingMessage, name: string): string | undefined => {
  let found: string | undefined
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const given = rawHeaders[index]
    if (given?.length !== name.length || given.toLowerCase() !== name) continue
    // One that was sent twice is none.
    if (found !== undefined) return undefined
    found = rawHeaders[index + 1]
  }
  return found
}

/** Tells an operation that comes while there is too much to do to come again, for as little as can be. */
export const createRefusal = (origins: OriginPolicy, newRequestId: () => string) => {
  const retryTime = createRetryTimes()
  const before = `{"errors":[{"message":${JSON.stringify(OVERLOADED)},"extensions":{"code":"OVERLOADED","requestId":"`
  const after = '","retryable":true}}]}'
  return (request: IncomingMessage, response: ServerResponse): void => {
    // Well formed, or our own: nothing in it that JSON would quote.
    const requestId = requestIdOf(headerOf(request, 'x-request-id'), newRequestId)
    const headers = {
      'content-type': JSON_TYPE,
      'x-request-id': requestId,
      'retry-after': String(retryTime()),
      ...origins.responseHeaders(headerOf(request, 'origin')),
    }
    writeReply(response, { status: 503, headers, body: before + requestId + after })
  }
}
