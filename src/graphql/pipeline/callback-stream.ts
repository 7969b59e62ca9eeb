import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { type CallbackMessenger, deliveryOf } from './callback-messenger.ts'
import type { ResultStream } from './subscribe.ts'

/** Of those that a router asks for: each is there well before the router would miss it. */
const HEARTBEAT_SHARE = 0.6
/** For a router that wants no heartbeat: without any, what it has forgotten would stay open. */
const UNASKED_HEARTBEAT_MS = 300_000
/** Failed heartbeats in a row that end a subscription. */
const MAX_MISSED = 3

export interface CallbackStreamOptions {
  readonly messenger: CallbackMessenger
  readonly results: ResultStream
  /** Ends what the source waits for. May be called again. */
  readonly finish: () => void
  /** As the router asks; 0: not at all. */
  readonly heartbeatMs: number
  readonly mask: (error: unknown) => GraphQLFormattedError
}

/** One subscription that is followed by a router. */
export interface CallbackStream {
  /** Ends it with that error, of which the router is told. Only the first end counts. */
  end(error: unknown): void
  /** Ends it at once; whatever is being sent is given up. */
  cut(): void
  /** Resolves when it has ended, and the router knows or cannot be told. Never rejects. */
  readonly over: Promise<void>
}

/** What the router is told at the end; null: nothing, since it knows or asked for no more. */
interface Farewell {
  readonly errors: readonly GraphQLFormattedError[] | null
}

const unreachable = (): GraphQLError =>
  new GraphQLError('The callback address could not be reached, so that events may be missing. Subscribe again.', {
    extensions: { code: 'CALLBACK_REFUSED' },
  })

/** One result at a time: a router that is slow to take one holds the next one back, at its source. */
export const openCallbackStream = (options: CallbackStreamOptions): CallbackStream => {
  const { messenger, results, finish, heartbeatMs, mask } = options
  const stopped = new AbortController()
  const cut = new AbortController()
  let farewell: Farewell | null | undefined

  const stop = (words: Farewell | null): void => {
    if (farewell !== undefined) return
    farewell = words
    stopped.abort()
    finish()
    // The pending `next` ends with it, and has what went wrong.
    results.return?.().catch(() => {})
  }
  const end = (error: unknown): void => stop({ errors: [mask(error)] })

  let missed = 0
  let beating = false
  const beat = async (): Promise<void> => {
    if (beating) return
    beating = true
    const delivery = deliveryOf(await messenger.check(stopped.signal))
    beating = false
    missed = delivery === null ? missed + 1 : 0
    if (delivery === 'GONE' || delivery === 'REFUSED') stop(null)
    else if (missed >= MAX_MISSED) end(unreachable())
  }
  const everyMs = heartbeatMs === 0 ? UNASKED_HEARTBEAT_MS : heartbeatMs * HEARTBEAT_SHARE
  const heart = setInterval(() => void beat().catch(end), everyMs)

  const follow = async (): Promise<void> => {
    try {
      for await (const { text } of results) {
        const delivery = await messenger.next(text, stopped.signal)
        if (delivery === 'UNREACHABLE') end(unreachable())
        else if (delivery !== 'TAKEN') stop(null)
        // Ends the loop even where the source still has something.
        if (stopped.signal.aborted) break
      }
      stop({ errors: null })
    } catch (error) {
      end(error)
    }
  }

  const run = async (): Promise<void> => {
    await follow()
    clearInterval(heart)
    if (farewell != null && !cut.signal.aborted) await messenger.complete(farewell.errors, cut.signal)
  }

  return {
    end,
    cut: () => {
      stop(null)
      cut.abort()
    },
    over: run().catch((error: unknown) => void mask(error)),
  }
}
