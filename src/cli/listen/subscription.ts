import { type Client, createClient } from 'graphql-ws'
import { z } from 'zod'

export interface Listening {
  /** Of the gateway, without a slash at its end. */
  readonly url: string
  readonly apiKey: string
  readonly filter: object
}

export interface StreamEvent {
  readonly id: string
  readonly cursor: string
  /** What a webhook of it carries, byte for byte. */
  readonly webhookBody: string
}

export type Happening =
  | { readonly kind: 'CONNECTED' }
  /** What follows happened after this. */
  | { readonly kind: 'LISTENING'; readonly cursor: string }
  | { readonly kind: 'EVENT'; readonly event: StreamEvent }
  | { readonly kind: 'GAP'; readonly reason: string; readonly resumeFrom: string }
  /** The last one. */
  | { readonly kind: 'LOST'; readonly why: string }

const LISTEN = `subscription Listen($filter: ConsentStreamFilter, $after: String) {
  consentEvents(filter: $filter, after: $after) {
    __typename
    ... on ConsentSnapshot { cursor }
    ... on ConsentEvent { id cursor webhookBody }
    ... on StreamGap { gapReason resumeFrom }
  }
}`

const RESULT = z.object({
  data: z.object({
    consentEvents: z.union([
      z.object({ id: z.string(), cursor: z.string(), webhookBody: z.string() }),
      z.object({ gapReason: z.string(), resumeFrom: z.string() }),
      z.object({ cursor: z.string() }),
    ]),
  }),
})
const ERRORS = z.array(
  z.object({ message: z.string(), extensions: z.object({ retryable: z.boolean().optional() }).optional() }),
)
const CLOSED = z.object({ code: z.number(), reason: z.string() })

type FormattedResult = Parameters<Parameters<Client['subscribe']>[1]['next']>[0]

const ENDED = { code: 1000, reason: 'The gateway ended the stream' }
const UNKNOWN = [{ message: 'Its answer is of a kind that this version does not know.' }]
const REFUSED = 4403
/** From here to 4499 the client itself is at fault. */
const CLIENT_FAULT = 4400
/** No answer to a ping for so long: the network is gone. */
const SILENCE_MS = 10_000
/** What may wait here while an earlier event is being forwarded. The rest waits at the gateway. */
const QUEUE_LIMIT = 1000

/** Null for an answer of another kind. */
const toHappening = (result: unknown): Happening | null => {
  const parsed = RESULT.safeParse(result)
  if (!parsed.success) return null
  const { consentEvents: item } = parsed.data.data
  if ('webhookBody' in item) return { kind: 'EVENT', event: item }
  if ('gapReason' in item) return { kind: 'GAP', reason: item.gapReason, resumeFrom: item.resumeFrom }
  return { kind: 'LISTENING', cursor: item.cursor }
}

/** @throws Error where trying again is of no use */
const toLoss = (failure: unknown): Happening => {
  const errors = ERRORS.safeParse(failure)
  if (errors.success) {
    const message = errors.data.map((error) => error.message).join(' ')
    if (errors.data.every(({ extensions }) => extensions?.retryable === true)) return { kind: 'LOST', why: message }
    throw new Error(`The gateway cannot be listened to. ${message}`)
  }
  const closed = CLOSED.safeParse(failure)
  if (!closed.success) return { kind: 'LOST', why: 'Nothing answers there.' }
  const { code, reason } = closed.data
  if (code === REFUSED) throw new Error('The gateway refuses this API key.')
  if (code >= CLIENT_FAULT && code < CLIENT_FAULT + 100) throw new Error(`The gateway closed the connection: ${reason}`)
  return { kind: 'LOST', why: reason === '' ? 'The connection was lost.' : `${reason}.` }
}

const connect = (url: string, apiKey: string, onConnected: () => void): Client => {
  let silence: NodeJS.Timeout | undefined
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { authorization: `Bearer ${apiKey}` },
    retryAttempts: 0,
    keepAlive: SILENCE_MS,
    on: {
      connected: onConnected,
      ping: (received) => {
        if (!received) silence = setTimeout(() => client.terminate(), SILENCE_MS)
      },
      pong: () => clearTimeout(silence),
      closed: () => clearTimeout(silence),
    },
  })
  return client
}

/** One subscription on one connection. What is read too slowly ends it: the next one goes on where this one stood. */
export const openSubscription = ({ url, apiKey, filter }: Listening, after: string | null, signal: AbortSignal) => {
  const queue: Happening[] = []
  const failures: unknown[] = []
  let ended = false
  let wake = (): void => {}
  const push = (happening: Happening): void => {
    queue.push(happening)
    wake()
  }
  const end = (): void => {
    ended = true
    wake()
  }
  const fail = (cause: unknown): void => {
    if (!ended) failures.push(cause)
    end()
  }
  const receive = (result: FormattedResult): void => {
    if (ended) return
    if (result.errors !== undefined) return fail(result.errors)
    const happening = toHappening(result)
    if (happening === null) return fail(UNKNOWN)
    push(happening)
    // The gateway ends it after a gap, and so do we where too much waits.
    if (happening.kind === 'GAP' || queue.length >= QUEUE_LIMIT) end()
  }
  const client = connect(url, apiKey, () => push({ kind: 'CONNECTED' }))
  const leave = client.subscribe(
    { query: LISTEN, variables: { filter, after } },
    { next: receive, error: fail, complete: () => fail(ENDED) },
  )
  signal.addEventListener('abort', end)

  async function* take(): AsyncGenerator<Happening, void> {
    while (!signal.aborted) {
      const next = queue.shift()
      if (next !== undefined) yield next
      else if (ended) break
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
    if (failures.length > 0 && !signal.aborted) yield toLoss(failures[0])
  }

  return {
    happenings: take(),
    close: (): void => {
      signal.removeEventListener('abort', end)
      leave()
      // Nothing is left to wait for.
      client.terminate()
    },
  }
}
