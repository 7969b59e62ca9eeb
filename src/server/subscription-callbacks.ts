import type { IncomingMessage } from 'node:http'
import type { CallbackProtocol } from '../graphql/pipeline/callback-protocol.ts'
import { readOperation } from './graphql-parameters.ts'
import type { RemoteAddress } from './remote-address.ts'
import { jsonReply, LATER_ELSEWHERE, type Reply, RequestRefused } from './reply.ts'

export interface SubscriptionCallbacksOptions {
  readonly protocol: CallbackProtocol
  readonly bodyLimitBytes: number
  readonly remoteAddress: RemoteAddress
  /** False while the process has as many connections that stay as it may have. */
  readonly hasRoom: () => boolean
}

/**
 * A POST by which a router subscribes and names where it wants to be called. Rejects with RequestRefused.
 *
 * @param rest gives back its place among the operations in flight, once only the router is waited for
 */
export const createSubscriptionCallbacks =
  ({ protocol, bodyLimitBytes, remoteAddress, hasRoom }: SubscriptionCallbacksOptions) =>
  async (request: IncomingMessage, search: string, requestId: string, rest: () => void): Promise<Reply> => {
    const operation = await readOperation(request, search, bodyLimitBytes)
    if (!hasRoom()) {
      const message = 'This process has the subscriptions that it may have.'
      throw new RequestRefused(503, 'OVERLOADED', message, LATER_ELSEWHERE)
    }
    const { headers } = request
    const asked = { requestId, headers, remoteAddress: remoteAddress(request), rest }
    const answer = await protocol.open(operation, asked)
    return jsonReply(answer.status, answer.result, answer.headers)
  }
