import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from 'graphql-ws'

const EVENTS = `subscription Follow($filter: ConsentStreamFilter, $after: String) {
  consentEvents(filter: $filter, after: $after) {
    __typename
    ... on ConsentSnapshot { cursor truncated consents { id status } }
    ... on ConsentEvent { id cursor at consent { id status provider { id } } }
    ... on ConsentStatusChanged { from to reason }
    ... on ConsentRevocationProgressed { revocation { state } }
    ... on AuthStepChanged { authSession { nextStep { kind title } } }
    ... on StreamGap { gapReason resumeFrom }
  }
}`

/** What is asked for in the type that `__typename` names. */
export interface StreamItem {
  readonly __typename: string
  readonly id?: string
  readonly cursor?: string
  readonly consent?: { readonly id: string; readonly status: string; readonly provider: { readonly id: string } }
  readonly consents?: readonly { readonly id: string; readonly status: string }[]
  readonly to?: string
  readonly reason?: string | null
  readonly revocation?: { readonly state: string }
  readonly authSession?: { readonly nextStep: { readonly title: string } | null }
  readonly resumeFrom?: string
}

export interface FollowOptions {
  /** Of the gateway, as `http://127.0.0.1:4000`. */
  readonly url: string
  /** An API key or a user token. Asked for each connection, so that a token can be renewed. */
  readonly credential: () => string | Promise<string>
  readonly filter?: { readonly user?: object; readonly consentId?: string } | null
  /** Where an earlier process stopped; null begins with a snapshot. */
  readonly after?: string | null
  /** Once per item, in order. Store `item.cursor` together with what you make of the item: then a restart loses nothing. */
  readonly onItem: (item: StreamItem) => void
  /** A connection that does not answer a ping for so long is given up. Default 10,000. */
  readonly keepAliveMs?: number
}

export interface Following {
  /** Resolves after `stop`; rejects where trying again is no use, as with a credential that was refused twice. */
  readonly ended: Promise<void>
  stop(): void
}

const FORBIDDEN = 4403
const LONGEST_WAIT_MS = 30_000

/** Follows `consentEvents` across lost connections. */
export const followEvents = (options: FollowOptions): Following => {
  const { keepAliveMs = 10_000 } = options
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
    keepAlive: keepAliveMs,
    on: {
      connected: () => (refusals = 0),
      // A network that is gone says nothing, and no socket closes.
      ping: (received) => received || (silence = setTimeout(() => client.terminate(), keepAliveMs)),
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
      leave = client.subscribe<{ consentEvents: StreamItem }>(
        { query: EVENTS, variables },
        {
          next: ({ data, errors }) => {
            if (data == null) return fail(new Error(errors?.map(({ message }) => message).join(' ')))
            const item = data.consentEvents
            gap = item.__typename === 'StreamGap'
            position = item.cursor ?? item.resumeFrom ?? position
            options.onItem(item)
          },
          error: (cause) => fail(new Error('The gateway refuses to be followed.', { cause })),
          // A gap ends the stream: `onItem` has been told to read anew; what comes next is behind it.
          complete: () => (gap ? subscribe() : resolve()),
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
