import { createHmac, randomUUID } from 'node:crypto'
import type { Clock } from '../../domain/clock.ts'
import type { Ledger } from '../ledger.ts'

export interface WebhookSettings {
  readonly url: string
  readonly secret: string
}

/** For collections only; consents have none. No retries are documented, and none are made. */
export interface Webhook {
  send(collection: { readonly collectionId: string; readonly status: string }): void
  close(): void
}

const answerTimeoutMs = 5000

export function createWebhook(settings: WebhookSettings | undefined, clock: Clock, ledger: Ledger): Webhook {
  const closing = new AbortController()

  async function deliver({ url, secret }: WebhookSettings, eventId: string, body: string): Promise<boolean> {
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'X-Insurely-Event-Id': eventId,
          'X-Insurely-Signature': signature,
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(answerTimeoutMs)]),
      })
      await answer.body?.cancel()
      return answer.ok
    } catch {
      // Nobody answers there: the ledger says so.
      return false
    }
  }

  return {
    send: ({ collectionId, status }) => {
      if (settings === undefined) return
      const eventId = randomUUID()
      const body = JSON.stringify({ collectionId, status, eventId, timestamp: clock.now() })
      void deliver(settings, eventId, body).then((delivered) => {
        if (closing.signal.aborted) return
        ledger.record(delivered ? 'webhook.delivered' : 'webhook.failed', { eventId, collectionId, status })
      })
    },
    close: () => closing.abort(),
  }
}
