import { createHmac, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import type { Journal } from '../journal.ts'
import type { Ledger } from '../ledger.ts'

const storedMessage = z.object({
  messageId: z.string(),
  publishTime: z.string(),
  data: z.record(z.string(), z.unknown()),
  attempts: z.number(),
  /** Delivered, or dropped after the last attempt. */
  settled: z.boolean(),
})
export type Message = Readonly<z.infer<typeof storedMessage>>

/** What an event is about. */
export interface Subject {
  readonly endUserId: string
  readonly institutionId: string
  readonly arrangementId: string
  readonly accounts: readonly string[]
}

export interface WebhookRules {
  /** Over the bytes, or over what the shell recipe of the documentation leaves of them. */
  readonly webhookSignature: 'raw' | 'stripped'
  /** Indented, the two signatures differ. */
  readonly webhookBody: 'compact' | 'indented'
  /** How often each message comes, for nothing. */
  readonly webhookCopies: number
  /** Real time between the deliveries of a message that is not answered with 2xx; one more than these are made. */
  readonly webhookRetryDelaysMs: readonly number[]
}

/** Five deliveries at most, 1 to 10 minutes apart. */
export const defaultWebhookRules: WebhookRules = {
  webhookSignature: 'raw',
  webhookBody: 'compact',
  webhookCopies: 1,
  webhookRetryDelaysMs: [60_000, 120_000, 300_000, 600_000],
}

/** One endpoint, as registered in the console. */
export interface Webhooks {
  /** Without an endpoint, nothing is sent, then or later. */
  send(event: string, subject: Subject): void
  /** Null takes the endpoint away. What waits to be delivered goes to the new one. */
  setUrl(url: string | null): void
  url(): string | null
  /** Oldest first; the last 500. */
  messages(): readonly Message[]
  /** Once more, whatever became of it. */
  redeliver(messageId: string): void
  close(): void
}

interface Parts {
  readonly rules: WebhookRules
  readonly clientId: string
  /** Base64. */
  readonly secret: string
  readonly clock: Clock
  readonly ledger: Ledger
}

const keptMessages = 500
const answerTimeoutMs = 10_000

/** The same in each consent of a person at a bank. */
export const accountId = ({ endUserId, institutionId }: Omit<Subject, 'accounts'>, key: string): string =>
  `acc-${endUserId}-${institutionId}-${key}`

export function createWebhooks(parts: Parts, url: string | null, journal: Journal): Webhooks {
  const { rules, clock, ledger } = parts
  const messages = journal.collection<Message>('webhook', (stored) => storedMessage.parse(stored))
  const timers = new Set<NodeJS.Timeout>()
  const closing = new AbortController()
  let endpoint = url

  function deliverIn(delayMs: number, messageId: string): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      void deliver(messageId)
    }, delayMs)
    timer.unref()
    timers.add(timer)
  }

  async function deliver(messageId: string): Promise<void> {
    const message = messages.get(messageId)
    if (!message) return
    const attempt = message.attempts + 1
    messages.set(messageId, { ...message, attempts: attempt })
    const delivered = endpoint !== null && (await post(endpoint, toBody({ ...message, attempts: attempt }, rules)))
    if (closing.signal.aborted) return
    const ids = { messageId, event: String(message.data['event']), attempt: String(attempt) }
    const delayMs = delivered ? undefined : rules.webhookRetryDelaysMs[attempt - 1]
    if (delayMs === undefined) messages.set(messageId, { ...message, attempts: attempt, settled: true })
    else deliverIn(delayMs, messageId)
    ledger.record(delivered ? 'webhook.delivered' : delayMs === undefined ? 'webhook.dropped' : 'webhook.failed', ids)
  }

  /** True for any 2xx. */
  async function post(address: string, body: string): Promise<boolean> {
    try {
      const answer = await fetch(address, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'X-Fiskil-Signature': sign(body, parts.secret, rules.webhookSignature),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(answerTimeoutMs)]),
      })
      await answer.body?.cancel()
      return answer.ok
    } catch {
      // Nobody answers there: that is what the retries are for.
      return false
    }
  }

  for (const { messageId, settled } of messages.values()) if (!settled) deliverIn(0, messageId)

  return {
    send: (event, subject) => {
      if (endpoint === null) return
      const { endUserId, institutionId, arrangementId, accounts } = subject
      const message: Message = {
        messageId: randomUUID(),
        publishTime: clock.now().toISOString(),
        data: {
          event,
          end_user_id: endUserId,
          client_id: parts.clientId,
          institution_id: institutionId,
          consent_id: arrangementId,
          account_ids: accounts.map((key) => accountId(subject, key)),
          payee_ids: [],
        },
        attempts: 0,
        settled: false,
      }
      messages.set(message.messageId, message)
      for (const old of messages.values().slice(0, -keptMessages)) messages.delete(old.messageId)
      for (let copy = 0; copy < rules.webhookCopies; copy += 1) deliverIn(0, message.messageId)
    },
    setUrl: (to) => {
      endpoint = to
    },
    url: () => endpoint,
    messages: () => messages.values(),
    redeliver: (messageId) => deliverIn(0, messageId),
    close: () => {
      closing.abort()
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

function toBody({ messageId, publishTime, data, attempts }: Message, { webhookBody }: WebhookRules): string {
  const value = { delivery_attempt: attempts, publish_time: publishTime, message_id: messageId, data }
  return webhookBody === 'compact' ? JSON.stringify(value) : JSON.stringify(value, null, 2)
}

function sign(body: string, secret: string, signature: WebhookRules['webhookSignature']): string {
  const signed = signature === 'raw' ? body : body.replaceAll(/[\n ]/g, '')
  return createHmac('sha256', Buffer.from(secret, 'base64')).update(signed).digest('base64')
}
