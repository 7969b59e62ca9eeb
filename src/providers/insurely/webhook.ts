import { createHmac, timingSafeEqual } from 'node:crypto'
import { GatewayError } from '../../domain/errors.ts'
import type { ProviderObservation, WebhookRequest } from '../../domain/provider.ts'

const headerOf = ({ headers }: WebhookRequest, name: string): string =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1] ?? ''

/**
 * Insurely tells of collections only, never of consents: what is signed is taken and moves nothing.
 *
 * @throws GatewayError UNAUTHENTICATED
 */
export const decodeWebhook = (request: WebhookRequest, secret: string): readonly ProviderObservation[] => {
  const wanted = createHmac('sha256', secret).update(request.body).digest()
  const given = Buffer.from(headerOf(request, 'x-insurely-signature'), 'hex')
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return []
  throw new GatewayError('UNAUTHENTICATED', { message: 'The signature of this webhook does not fit.' })
}
