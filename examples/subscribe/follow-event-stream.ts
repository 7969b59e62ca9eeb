import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from 'graphql-sse'
import {
  CONSENT_EVENTS,
  type Failure,
  type Following,
  type FollowOptions,
  isRetryable,
  RETRY_MS,
  type StreamItem,
} from './consent-events.ts'

const LONGEST_WAIT_MS = 30_000
/** A credential that is refused later than this after it was taken has ended. */
const AT_ONCE_MS = 5_000

/** Follows `consentEvents` as an event stream over HTTP, where WebSockets do not get through, across lost connections. */
export const followEventStream = (options: FollowOptions): Following => {
  // The gateway says something every 12 seconds.
  const { silenceMs = 30_000 } = options
  const stopping = new AbortController()
  let position = options.after ?? null
  let connectedAt = 0
  let refusals = 0

  const client = createClient({
    url: `${options.url}/graphql`,
    headers: async () => ({ authorization: `Bearer ${await options.credential()}` }),
    fetchFn: givingUpAfter(silenceMs),
    retryAttempts: Infinity,
    retry: (retries) => {
      const waitMs = Math.min(100 * 2 ** retries, LONGEST_WAIT_MS) * (0.5 + Math.random() / 2)
      return delay(waitMs, undefined, { signal: stopping.signal }).catch(() => {}) // stopped: nothing to wait for
    },
    on: { connected: () => (connectedAt = performance.now()) },
  })

  /** May it be tried with another credential? */
  const isWorthAnother = (errors: readonly Failure[]): boolean => {
    if (errors[0]?.extensions?.['code'] !== 'UNAUTHENTICATED') return false
    refusals = performance.now() - connectedAt > AT_ONCE_MS ? 1 : refusals + 1
    return refusals < 2
  }

  let leave = (): void => {}
  const ended = new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      leave()
      reject(error)
    }
    const subscribe = (): void => {
      // The client writes its request anew for each connection: `after` is read when it is sent.
      const variables = {
        filter: options.filter ?? null,
        get after() {
          return position
        },
      }
      let again = false
      let waitMs = 0
      leave = client.subscribe<{ consentEvents: StreamItem }>(
        { query: CONSENT_EVENTS, variables },
        {
          next: ({ data, errors = [] }) => {
            waitMs = isRetryable(errors) ? RETRY_MS : 0
            again = data == null && (waitMs > 0 || isWorthAnother(errors))
            if (again) return
            if (data == null) {
              const cause = new Error(errors.map(({ message }) => message).join(' '))
              return fail(new Error(`The gateway refuses to be followed. ${cause.message}`, { cause }))
            }
            refusals = 0
            const item = data.consentEvents
            // It ends the stream: `onItem` has been told to read anew; what comes next is behind it.
            again = item.__typename === 'StreamGap'
            position = item.cursor ?? item.resumeFrom ?? position
            options.onItem(item)
          },
          error: (cause) => fail(new Error('The gateway cannot be followed.', { cause })),
          complete: () => {
            if (!again || stopping.signal.aborted) return resolve()
            delay(waitMs, undefined, { signal: stopping.signal }).then(subscribe, resolve)
          },
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

/** A network that is gone says nothing, and no connection closes. */
const givingUpAfter =
  (silenceMs: number) =>
  async (url: string, init: RequestInit): Promise<Response> => {
    const silence = new AbortController()
    const giveUp = (): void => silence.abort(new Error('Nothing comes any more.'))
    let timer = setTimeout(giveUp, silenceMs)
    const heard = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, out) => {
        clearTimeout(timer)
        timer = setTimeout(giveUp, silenceMs)
        out.enqueue(chunk)
      },
      flush: () => clearTimeout(timer),
    })
    const signal = AbortSignal.any([silence.signal, ...(init.signal == null ? [] : [init.signal])])
    signal.addEventListener('abort', () => clearTimeout(timer))
    try {
      const response = await fetch(url, { ...init, signal })
      return new Response(response.body?.pipeThrough(heard, { signal }) ?? null, response)
    } catch (error) {
      clearTimeout(timer)
      throw error
    }
  }
