import { setTimeout as pause } from 'node:timers/promises'
import type { GraphQLFormattedError } from 'graphql'
import type { WebhookSender } from '../../domain/webhook.ts'
import type { CallbackTarget } from './callback-target.ts'

/** GONE: the router has ended the subscription. REFUSED: it wants nothing more of it. STOPPED: by the signal. */
export type Delivery = 'TAKEN' | 'GONE' | 'REFUSED' | 'UNREACHABLE' | 'STOPPED'

/** What a router is told of one subscription. Each message rejects never. */
export interface CallbackMessenger {
  /** Sent once. The status of the answer; null where there was none. */
  check(signal: AbortSignal): Promise<number | null>
  /** @param payload one execution result, as JSON */
  next(payload: string, signal: AbortSignal): Promise<Delivery>
  /** @param errors why it ended; null where the source did */
  complete(errors: readonly GraphQLFormattedError[] | null, signal: AbortSignal): Promise<Delivery>
}

/** The version of the protocol, which every message and the first answer name. */
export const CALLBACK_PROTOCOL = { 'subscription-protocol': 'callback/1.0' } as const

// Hive Gateway takes the body for text where anything follows the type.
const HEADERS = { 'content-type': 'application/json', ...CALLBACK_PROTOCOL }
/** Before the second attempt and those after it. */
const WAITS_MS = [250, 1_000] as const

const isPassing = (status: number): boolean => status >= 500 || status === 408 || status === 429

/** What a status says, other than that it is worth another try; null where it is. */
export const deliveryOf = (status: number | null): Delivery | null => {
  if (status === null || isPassing(status)) return null
  if (status >= 200 && status < 300) return 'TAKEN'
  return status === 404 ? 'GONE' : 'REFUSED'
}

export const createCallbackMessenger = (
  { url, id, verifier }: CallbackTarget,
  sender: Pick<WebhookSender, 'send'>,
): CallbackMessenger => {
  const messageOf = (action: 'check' | 'next' | 'complete', more = ''): string =>
    `{"kind":"subscription","action":"${action}","id":${JSON.stringify(id)},"verifier":${JSON.stringify(verifier)}${more}}`

  const post = async (body: string, signal: AbortSignal): Promise<number | null> => {
    const answer = await sender.send({ url, headers: HEADERS, body, signal })
    return 'status' in answer ? answer.status : null
  }

  const deliver = async (body: string, signal: AbortSignal): Promise<Delivery> => {
    try {
      for (const waitMs of WAITS_MS) {
        const delivery = deliveryOf(await post(body, signal))
        if (delivery !== null) return delivery
        await pause(waitMs, undefined, { signal })
      }
      return deliveryOf(await post(body, signal)) ?? 'UNREACHABLE'
    } catch (error) {
      if (signal.aborted) return 'STOPPED'
      throw error
    }
  }

  return {
    check: async (signal) => {
      try {
        return await post(messageOf('check'), signal)
      } catch (error) {
        if (signal.aborted) return null
        throw error
      }
    },
    next: (payload, signal) => deliver(messageOf('next', `,"payload":${payload}`), signal),
    complete: (errors, signal) =>
      deliver(messageOf('complete', errors === null ? '' : `,"errors":${JSON.stringify(errors)}`), signal),
  }
}
