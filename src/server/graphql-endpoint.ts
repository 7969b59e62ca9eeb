import type { IncomingMessage } from 'node:http'
import type { Pipeline } from '../graphql/pipeline/pipeline.ts'
import { type ContextFactory, type RequestContext, SignalledRequest } from '../graphql/pipeline/request.ts'
import { bodyOf } from './graphql-parameters.ts'
import type { RemoteAddress } from './remote-address.ts'
import { type Reply, RequestRefused } from './reply.ts'

export interface GraphqlEndpointOptions<Context extends RequestContext> {
  readonly pipeline: Pipeline<Context>
  readonly contextFor: ContextFactory<Context>
  readonly bodyLimitBytes: number
  readonly remoteAddress: RemoteAddress
}

/** GraphQL over HTTP on `node:http` itself: the body read once, one string written. */
export const createGraphqlEndpoint = <Context extends RequestContext>(options: GraphqlEndpointOptions<Context>) => {
  const { pipeline, contextFor, bodyLimitBytes, remoteAddress } = options
  return async (request: IncomingMessage, search: string, requestId: string): Promise<Reply> => {
    const { method = 'GET', headers } = request
    if (method !== 'POST' && method !== 'GET') {
      throw new RequestRefused(405, 'BAD_REQUEST', 'GraphQL is served by POST and GET.', { allow: 'GET, POST' })
    }
    const body = await bodyOf(request, bodyLimitBytes)
    return await pipeline.http({ method, headers, search, body, requestId }, (deadline) =>
      contextFor(
        new SignalledRequest(() => deadline.signal, {
          authorization: headers.authorization ?? null,
          requestId,
          deadline: deadline.at,
          remoteAddress: remoteAddress(request),
          headers,
          transport: 'HTTP',
        }),
      ),
    )
  }
}
