import { GatewayError } from '../domain/errors.ts'
import type { RequestId } from '../domain/ids.ts'
import type { WebhookRequest } from '../domain/provider.ts'
import { jsonReply } from './reply.ts'
import type { Route } from './route.ts'

export interface WebhookRouteOptions {
  /** False where no provider of that name sends webhooks. */
  readonly receive: (
    provider: string,
    request: Pick<WebhookRequest, 'headers' | 'body'>,
    requestId: RequestId,
  ) => Promise<boolean>
}

/** `POST /webhooks/:provider`: what providers send by themselves; the signature is over the bytes as they came. */
export const webhookRoute = ({ receive }: WebhookRouteOptions): Route => ({
  method: 'POST',
  path: '/webhooks/:provider',
  handler: async ({ params, headers, body, requestId }) => {
    const single = Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    )
    try {
      const message = { headers: single, body: await body() }
      const known = await receive(params['provider'] ?? '', message, requestId as RequestId)
      return known ? jsonReply(200, { received: true }) : jsonReply(404, { received: false })
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      if (error.code === 'UNAUTHENTICATED') return jsonReply(401, { received: false })
      if (error.code === 'PROVIDER_CONTRACT_VIOLATION') return jsonReply(422, { received: false })
      throw error
    }
  },
})
