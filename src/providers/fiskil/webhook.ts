import { createHmac, timingSafeEqual } from 'node:crypto'
import { GatewayError } from '../../domain/errors.ts'
import type { ProviderObservation, WebhookRequest } from '../../domain/provider.ts'
import { toEventMeaning, toStatement } from './mapping.ts'
import { parseMessage } from './wire.ts'

/** Five deliveries, at most ten minutes apart, may all bear the time of the first. */
const MAX_AGE_MS = 60 * 60_000
/** Clocks differ. */
const MAX_AHEAD_MS = 5 * 60_000

const SIGNATURE_BYTES = 32
const [LINE_FEED, SPACE] = [0x0a, 0x20]

export const isBase64 = (secret: string): boolean => /^[\w+/-]+={0,2}$/.test(secret)

/** The documented shell recipe signs what is left without line feeds and spaces; the service signs the bytes. */
const strip = (body: Uint8Array): Uint8Array => body.filter((byte) => byte !== LINE_FEED && byte !== SPACE)

const headerOf = ({ headers }: WebhookRequest, name: string): string | undefined =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]

/** `X-Fiskil-Signature`: base64 of HMAC-SHA256, its key the base64-decoded secret. */
const isSigned = (request: WebhookRequest, key: Buffer): boolean => {
  const given = Buffer.from(headerOf(request, 'x-fiskil-signature') ?? '', 'base64')
  const fits = (body: Uint8Array): boolean => timingSafeEqual(createHmac('sha256', key).update(body).digest(), given)
  return key.length > 0 && given.length === SIGNATURE_BYTES && (fits(request.body) || fits(strip(request.body)))
}

const refuse = (message: string): GatewayError => new GatewayError('UNAUTHENTICATED', { message })

/**
 * The news in a webhook; none in those about data.
 *
 * @throws GatewayError UNAUTHENTICATED for a signature that does not fit or a message out of its time,
 *   PROVIDER_CONTRACT_VIOLATION for one that is signed and not understood
 */
export const decodeWebhook = (request: WebhookRequest, secret: string): readonly ProviderObservation[] => {
  if (!isSigned(request, Buffer.from(secret, 'base64'))) throw refuse('The signature does not fit.')
  const message = parseMessage(request.body)
  if (message === null) throw new GatewayError('PROVIDER_CONTRACT_VIOLATION')
  const ageMs = request.receivedAt.getTime() - Date.parse(message.publish_time)
  if (ageMs > MAX_AGE_MS || ageMs < -MAX_AHEAD_MS) throw refuse('The message is not of this time.')
  const { event, consent_id: consentId, end_user_id: endUserId, institution_id: institutionId } = message.data
  if (!event.toLowerCase().startsWith('consent.')) return []
  // That `consent_id` is the arrangement's id is what all implementers take it for.
  if (!consentId) throw new GatewayError('PROVIDER_CONTRACT_VIOLATION')
  return [
    {
      messageId: message.message_id,
      consent: toStatement(consentId, toEventMeaning(event), event.slice(0, 64)),
      userRef: endUserId || null,
      institutionRef: institutionId ?? null,
    },
  ]
}
