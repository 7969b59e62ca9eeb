import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from 'graphql-ws'
import {
  CONSENT_EVENTS,
  type Failure,
  type Following,
  type FollowOptions,
  isRetryable,
  RETRY_MS,
  type StreamItem,
} from './consent-events.ts'

const FORBIDDEN = 4403
const LONGEST_WAIT_MS = 30_000

/** Follows `consentEvents` over a WebSocket, across lost connections. */
export const followEvents = (options: FollowOptions): Following => {
  const { silenceMs = 10_000 } = options
  const stopping = new AbortController()
  let position = options.after ?? null
  let refusals = 0
  let silence: NodeJS.Timeout | undefined

  const client = createClient({
    url: `${options.url.replace(/^http/, 'ws')}/graphql`,
    connectionParams: async () => ({ authorization: `Bearer ${await options.credential()}` }),
    retryAttempts: Infinity,
    retryWait: (retries) => {
      const waitMs = Math.min(100 * 2 ** retries, LONGEST_WAIT_MS) * (0.5 + Math.random() / 2)
      return delay(waitMs, undefined, { signal: stopping.signal }).catch(() => {}) // stopped: nothing to wait for
    },
    // By itself the client takes a refused connection for the end.
    shouldRetry: (event) => !isForbidden(event) || (refusals += 1) < 2,
    keepAlive: silenceMs,
    on: {
      connected: () => (refusals = 0),
      // A network that is gone says nothing, and no socket closes.
      ping: (received) => received || (silence = setTimeout(() => client.terminate(), silenceMs)),
      pong: (received) => received && clearTimeout(silence),
      closed: () => clearTimeout(silence),
    },
  })

  let leave = (): void => {}
  const ended = new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      leave()
      reject(error)
    }
    const subscribe = (): void => {
      // The client writes its message anew for each connection: `after` is read when it is sent.
      const variables = {
        filter: options.filter ?? null,
        get after() {
          return position
        },
      }
      let gap = false
      let refused = false
      const refuse = (errors: readonly Failure[]): void => {
        refused = true
        if (!isRetryable(errors)) return fail(new Error(errors.map(({ message }) => message).join(' ')))
        leave()
        delay(RETRY_MS, undefined, { signal: stopping.signal }).then(subscribe, resolve)
      }
      leave = client.subscribe<{ consentEvents: StreamItem }>(
        { query: CONSENT_EVENTS, variables },
        {
          next: ({ data, errors }) => {
            if (data == null) return refuse(errors ?? [])
            const item = data.consentEvents
            gap = item.__typename === 'StreamGap'
            position = item.cursor ?? item.resumeFrom ?? position
            options.onItem(item)
          },
          error: (cause) => {
            if (Array.isArray(cause)) refuse(cause as readonly Failure[])
            else fail(new Error('The gateway refuses to be followed.', { cause }))
          },
          // A gap ends the stream: `onItem` has been told to read anew; what comes next is behind it.
          complete: () => (gap ? subscribe() : refused || resolve()),
        },
      )
    }
    subscribe()
  })
  return {
    ended,
    stop: () => {
      stopping.abort()
      leave()
    },
  }
}

const isForbidden = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'code' in event && event.code === FORBIDDEN
