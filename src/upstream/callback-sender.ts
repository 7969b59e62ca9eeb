import type { WebhookSender } from '../domain/webhook.ts'
import { createWebhookSender, type WebhookSenderOptions } from './webhook-sender.ts'

export interface CallbackSenderOptions extends Pick<WebhookSenderOptions, 'guarded' | 'resolve'> {
  /** The only ones to be called, and anywhere, as the operator names them. None: any address that the guard lets through. */
  readonly origins: readonly string[]
}

/** A router that takes longer has other trouble than one event. */
const TIMEOUT_MS = 10_000
/** To one router: thousands of subscriptions have an event at the same time. */
const CONNECTIONS = 64

/** Sends to addresses that routers name for their subscriptions. */
export const createCallbackSender = ({
  guarded,
  origins,
  ...more
}: CallbackSenderOptions): Pick<WebhookSender, 'send'> & AsyncDisposable => {
  const sender = createWebhookSender({
    ...more,
    guarded: guarded && origins.length === 0,
    timeoutMs: TIMEOUT_MS,
    connectionsPerOrigin: CONNECTIONS,
  })
  const isNamed = (url: string): boolean => origins.length === 0 || origins.includes(new URL(url).origin)
  return {
    send: async (request) => (isNamed(request.url) ? await sender.send(request) : { error: 'address not allowed' }),
    [Symbol.asyncDispose]: () => sender[Symbol.asyncDispose](),
  }
}
