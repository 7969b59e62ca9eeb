import { setTimeout as delay } from 'node:timers/promises'
import type { WebhookAnswer, WebhookSender } from '../../domain/webhook.ts'
import { toWebhookHeaders } from '../../services/webhook/signature.ts'
import type { StreamEvent } from './subscription.ts'

export interface ForwardOptions {
  readonly url: string
  readonly secret: string
  readonly sender: Pick<WebhookSender, 'send'>
  readonly signal: AbortSignal
  /** Told of each attempt that failed; null for the last one. */
  readonly onFailure: (answer: WebhookAnswer, againInMs: number | null) => void
}

export interface Forwarded {
  readonly delivered: boolean
  readonly attempts: number
  readonly answer: WebhookAnswer
}

/** Before the second to the fifth attempt. Somebody is watching: what takes longer is not waited for. */
const DELAYS_MS = [1_000, 2_000, 5_000, 10_000] as const
const LONGEST_WAIT_MS = 30_000

const isDelivered = (answer: WebhookAnswer): boolean =>
  'status' in answer && answer.status >= 200 && answer.status <= 299

/** As the gateway sends webhooks, but for the patience. Rejects with the signal's reason. */
export const forward = async (
  { id, webhookBody: body }: StreamEvent,
  { url, secret, sender, signal, onFailure }: ForwardOptions,
): Promise<Forwarded> => {
  for (let attempts = 1; ; attempts += 1) {
    const headers = toWebhookHeaders([secret], { id, at: new Date(), body })
    const answer = await sender.send({ url, headers, body, signal })
    if (isDelivered(answer)) return { delivered: true, attempts, answer }
    const delayMs = DELAYS_MS[attempts - 1]
    if (delayMs === undefined) {
      onFailure(answer, null)
      return { delivered: false, attempts, answer }
    }
    const asked = 'status' in answer ? (answer.waitMs ?? 0) : 0
    const waitMs = Math.max(delayMs, Math.min(asked, LONGEST_WAIT_MS))
    onFailure(answer, waitMs)
    await delay(waitMs, undefined, { signal })
  }
}
