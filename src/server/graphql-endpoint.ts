import type { IncomingMessage } from 'node:http'
import { HeaderMap } from '@apollo/server'
import type { Pipeline } from '../graphql/pipeline/pipeline.ts'
import type { ContextFactory, RequestContext } from '../graphql/pipeline/request.ts'
import { isJson, parseJson, readBody } from './body.ts'
import { type Reply, RequestRefused } from './reply.ts'

export interface GraphqlEndpointOptions<Context extends RequestContext> {
  readonly pipeline: Pipeline<Context>
  readonly contextFor: ContextFactory<Context>
  readonly bodyLimitBytes: number
}

/** Content types that a browser sends without asking first: Apollo's CSRF prevention answers them. */
const SIMPLE_TYPE = /^(?:text\/plain|multipart\/form-data|application\/x-www-form-urlencoded)\b/i

const headersOf = (request: IncomingMessage): HeaderMap => {
  const headers = new HeaderMap()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, typeof value === 'string' ? value : value.join(', '))
  }
  return headers
}

const bodyOf = async (request: IncomingMessage, limitBytes: number): Promise<unknown> => {
  if (request.method !== 'POST') return undefined
  const { 'content-type': type, 'content-encoding': encoding } = request.headers
  if (type === undefined || SIMPLE_TYPE.test(type)) return undefined
  if (!isJson(type)) {
    throw new RequestRefused(415, 'BAD_REQUEST', 'The content type must be application/json, in UTF-8.')
  }
  if (encoding !== undefined && encoding !== 'identity') {
    throw new RequestRefused(415, 'BAD_REQUEST', 'The body must not be compressed.')
  }
  return parseJson(await readBody(request, limitBytes))
}

/** GraphQL over HTTP on `node:http` itself: the body read once, one string written. */
export const createGraphqlEndpoint = <Context extends RequestContext>(options: GraphqlEndpointOptions<Context>) => {
  const { pipeline, contextFor, bodyLimitBytes } = options
  return async (request: IncomingMessage, search: string, requestId: string): Promise<Reply> => {
    const { method = 'GET', headers } = request
    if (method !== 'POST' && method !== 'GET') {
      throw new RequestRefused(405, 'BAD_REQUEST', 'GraphQL is served by POST and GET.', { allow: 'GET, POST' })
    }
    const body = await bodyOf(request, bodyLimitBytes)
    const answer = await pipeline.http({ method, headers: headersOf(request), search, body, requestId }, (deadline) =>
      contextFor({
        authorization: headers.authorization ?? null,
        requestId,
        signal: deadline.signal,
        deadline: deadline.at,
        remoteAddress: request.socket.remoteAddress ?? null,
        headers,
        transport: 'HTTP',
      }),
    )
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: answer.body }
  }
}
