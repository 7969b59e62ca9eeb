import { GraphQLError } from 'graphql'
import { z } from 'zod'

/** Where a router wants the results of one subscription, and how it knows who brings them. */
export interface CallbackTarget {
  readonly url: string
  /** The router's own name for the subscription. */
  readonly id: string
  /** Goes with every message: the router believes no other. */
  readonly verifier: string
  /** Within each such time the router wants to be told that the subscription is alive; 0: it does not. */
  readonly heartbeatMs: number
}

/** More often than that, a caller could have this gateway call somebody else for nothing. */
const LEAST_HEARTBEAT_MS = 1_000
const MOST_HEARTBEAT_MS = 3_600_000
/** Of Apollo Router. */
const DEFAULT_HEARTBEAT_MS = 5_000

const SUBSCRIPTION = z.object({
  callbackUrl: z.string().max(2_048),
  subscriptionId: z.string().min(1).max(200),
  verifier: z.string().min(1).max(1_000),
  heartbeatIntervalMs: z
    .union([z.literal(0), z.int().min(LEAST_HEARTBEAT_MS).max(MOST_HEARTBEAT_MS)])
    .default(DEFAULT_HEARTBEAT_MS),
})

/** @throws GraphQLError BAD_REQUEST, which names what is wrong and quotes nothing */
export const parseCallbackTarget = (extensions: Readonly<Record<string, unknown>>): CallbackTarget => {
  const parsed = SUBSCRIPTION.safeParse(extensions['subscription'])
  const refuse = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } })
  if (!parsed.success) {
    const path = ['extensions', 'subscription', ...(parsed.error.issues[0]?.path ?? [])].join('.')
    throw refuse(
      `\`${path}\` is missing or out of its range. A heartbeat is 0 or ${LEAST_HEARTBEAT_MS} to ${MOST_HEARTBEAT_MS} ms.`,
    )
  }
  const { callbackUrl, subscriptionId, verifier, heartbeatIntervalMs } = parsed.data
  const url = URL.parse(callbackUrl)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw refuse('`extensions.subscription.callbackUrl` is an http or https address without a user name.')
  }
  return { url: url.href, id: subscriptionId, verifier, heartbeatMs: heartbeatIntervalMs }
}
