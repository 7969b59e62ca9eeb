import { GatewayError } from '../domain/errors.ts'
import type { ConsentEvent, EventCursor } from '../domain/event.ts'
import { type Flow, iterate, type Taker } from '../domain/flow.ts'
import type { EventSelection, Store, StoredConsent } from '../domain/store.ts'
import type { Viewer } from '../domain/viewer.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { FeedItem, FeedKey, FeedListener } from './feed-listeners.ts'

export type StreamItem =
  | {
      readonly kind: 'SNAPSHOT'
      readonly cursor: EventCursor
      readonly consents: readonly StoredConsent[]
      readonly truncated: boolean
    }
  | FeedItem
  | { readonly kind: 'GAP'; readonly reason: 'CURSOR_EXPIRED' | 'SLOW_CONSUMER'; readonly resumeFrom: EventCursor }

/** Events that wait for one reader. What more comes is lost to it, and it is told so. */
const HELD_LIMIT = 1_000

/** What comes before the live events: items, and the position that they lead to. */
export type Beginning = AsyncGenerator<StreamItem, EventCursor, undefined>

/** What all streams of a process share. */
export interface LiveStreams {
  readonly feed: ChangeFeed
  readonly events: Pick<Store['events'], 'compare'>
}

/** Who listens, and for what. */
export interface Listening {
  readonly viewer: Viewer
  readonly selection: EventSelection
  readonly key: FeedKey
}

/** Where to go on after a cursor that was too old; null for any other fault. */
const expiredAt = (error: unknown): EventCursor | null => (error instanceof GatewayError ? error.resumeFrom : null)

const isWanted = (event: ConsentEvent, { viewer, selection }: Listening): boolean =>
  event.clientId === viewer.client.id &&
  (viewer.user === null || event.userId === viewer.user.id) &&
  (selection.userId === undefined || event.userId === selection.userId) &&
  (selection.consentId === undefined || event.consentId === selection.consentId) &&
  (selection.provider === undefined || selection.provider.includes(event.provider)) &&
  (selection.types === undefined || selection.types.includes(event.body.type))

/** A beginning, then what happens: in commit order, each event once. Listens from when it is made until it ends. */
export class LiveStream implements Flow<StreamItem>, FeedListener {
  readonly #shared: LiveStreams
  readonly #listening: Listening
  /** Null once it has been read. */
  #begin: ((isOpen: () => boolean) => Beginning) | null
  #taker: Taker<StreamItem> | null = null
  /** False while the beginning is read, and while the taker has enough. */
  #isReady = false
  #isOpen = true
  /** Null where none waits, which is nearly always. */
  #held: FeedItem[] | null = null
  #overflowed = false
  /** The last event that was heard; null until the beginning is over. */
  #position: EventCursor | null = null
  /** False while what is heard may lie before the end of the beginning. */
  #isPastSeam = false
  #wake: (() => void) | null = null

  /** @param begin called once, when the stream is listening already: nothing falls between the log and the live events */
  constructor(shared: LiveStreams, listening: Listening, begin: (isOpen: () => boolean) => Beginning) {
    this.#shared = shared
    this.#listening = listening
    this.#begin = begin
    shared.feed.listen(listening.key, this)
  }

  start(taker: Taker<StreamItem>): void {
    this.#taker = taker
    const beginning = this.#begin?.(() => this.#isOpen)
    this.#begin = null
    if (beginning !== undefined) void this.#giveBeginning(beginning, taker)
  }

  more(): void {
    if (this.#wake !== null) this.#wake()
    else if (this.#position !== null) {
      this.#isReady = true
      this.#giveHeld()
    }
  }

  stop(): void {
    this.#isOpen = false
    this.#held = null
    this.#shared.feed.leave(this.#listening.key, this)
    this.#wake?.()
  }

  hear(item: FeedItem): void {
    // It ended while the same event was told to others.
    if (!this.#isOpen) return
    if (this.#isReady) this.#give(item)
    else if (!this.#overflowed) this.#hold(item)
  }

  miss(): void {
    this.#overflowed = true
    if (this.#isReady) this.#giveHeld()
  }

  stopped(): void {
    this.#end(null)
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<StreamItem> {
    return iterate(this)
  }

  async #giveBeginning(beginning: Beginning, taker: Taker<StreamItem>): Promise<void> {
    try {
      for (;;) {
        const next = await beginning.next()
        if (!this.#isOpen) return
        if (next.done === true) return this.#goLive(next.value)
        if (!taker.take(next.value)) await this.#untilAsked()
        if (!this.#isOpen) return
      }
    } catch (error) {
      const resumeFrom = expiredAt(error)
      if (resumeFrom === null) this.#end(error)
      else this.#endWithGap('CURSOR_EXPIRED', resumeFrom)
    }
  }

  #untilAsked(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null
        resolve()
      }
    })
  }

  #goLive(position: EventCursor): void {
    const { feed, events } = this.#shared
    this.#position = position
    const held = (this.#held ?? []).filter(({ event }) => events.compare(event.cursor, position) > 0)
    this.#held = held.length === 0 ? null : held
    this.#isPastSeam = held.length > 0 || feed.hasReached(position)
    this.#isReady = true
    this.#giveHeld()
  }

  #hold(item: FeedItem): void {
    this.#held ??= []
    if (this.#held.length >= HELD_LIMIT) this.#overflowed = true
    else this.#held.push(item)
  }

  #giveHeld(): void {
    for (let item = this.#held?.shift(); item !== undefined; item = this.#held?.shift()) {
      this.#give(item)
      if (!this.#isReady) return
    }
    this.#held = null
    if (this.#overflowed && this.#isOpen && this.#position !== null) this.#endWithGap('SLOW_CONSUMER', this.#position)
  }

  #give(item: FeedItem): void {
    const { event } = item
    if (!this.#isPastSeam) {
      if (this.#position !== null && this.#shared.events.compare(event.cursor, this.#position) <= 0) return
      this.#isPastSeam = true
    }
    this.#position = event.cursor
    if (isWanted(event, this.#listening) && this.#taker?.take(item) !== true) this.#isReady = false
  }

  #endWithGap(reason: 'CURSOR_EXPIRED' | 'SLOW_CONSUMER', resumeFrom: EventCursor): void {
    this.#taker?.take({ kind: 'GAP', reason, resumeFrom })
    this.#end(null)
  }

  #end(error: unknown): void {
    if (!this.#isOpen) return
    this.stop()
    this.#isReady = false
    this.#taker?.end(error)
  }
}
