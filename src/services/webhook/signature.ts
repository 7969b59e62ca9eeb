import { createHmac, randomBytes } from 'node:crypto'

const PREFIX = 'whsec_'
/** The scheme takes 24 to 64. */
const SECRET_BYTES = 32

/** @param bytes 32 of them */
export const toWebhookSecret = (bytes: Uint8Array): string => `${PREFIX}${Buffer.from(bytes).toString('base64')}`

export const newWebhookSecret = (): string => toWebhookSecret(randomBytes(SECRET_BYTES))

/** Standard Webhooks 1: HMAC-SHA256 over id, time and body, by the secret's own bytes. */
const sign = (secret: string, signed: string): string =>
  `v1,${createHmac('sha256', Buffer.from(secret.slice(PREFIX.length), 'base64'))
    .update(signed)
    .digest('base64')}`

export interface Signed {
  readonly id: string
  readonly at: Date
  readonly body: string
}

/** What a message is sent with: its signatures, one for each secret, among it. */
export const toWebhookHeaders = (
  secrets: readonly string[],
  { id, at, body }: Signed,
): Readonly<Record<string, string>> => {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  return {
    'content-type': 'application/json',
    'user-agent': 'Consentgraph',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => sign(secret, `${id}.${timestamp}.${body}`)).join(' '),
  }
}
