import { GatewayError } from '../domain/errors.ts'
import type { ConsentEvent, EventCursor } from '../domain/event.ts'
import type { AuthSessionId, ClientId, ConsentId, UserId } from '../domain/ids.ts'
import type { Store } from '../domain/store.ts'
import type { Report } from './context.ts'

/** Where a subscriber listens: the narrowest key that its filter and its rights allow. */
export type FeedKey = ClientId | UserId | ConsentId

/** Live events of one key, in commit order. `overflowed` once the buffer was full: what came then is lost to this reader. */
export interface EventInbox extends Disposable {
  /** Waits for the next events; empty once the feed has stopped. */
  take(): Promise<readonly ConsentEvent[]>
  /** False once its reader has left it, or the feed has stopped. */
  isOpen(): boolean
  readonly overflowed: boolean
}

export interface ChangeFeed {
  start(): Promise<void>
  stop(): Promise<void>
  listen(key: FeedKey): EventInbox
  /** Does anybody here listen for one of these? */
  isWatched(keys: readonly FeedKey[]): boolean
  /** What is listened for here. */
  watched(): readonly FeedKey[]
  /** Runs when somebody begins to listen for what nobody listened for. Must not throw. */
  onWatched(listener: (key: FeedKey) => void): Disposable
  /** Runs for each part of the log that was read, with those whose events it holds. Must not throw. */
  onEvents(listener: (clients: ReadonlySet<ClientId>) => void): Disposable
  /** Runs when the session changed, here or in another replica. */
  onSession(id: AuthSessionId, listener: () => void): Disposable
}

const READ_BATCH = 500
const INBOX_LIMIT = 1000
/** Real time: a nudge that got lost, or a read that failed, costs a subscriber no more than this. */
const SAFETY_POLL_MS = 1000

class Inbox implements EventInbox {
  readonly #held: ConsentEvent[] = []
  readonly #leave: () => void
  #wake: (() => void) | null = null
  #closed = false
  overflowed = false

  constructor(leave: () => void) {
    this.#leave = leave
  }

  push(event: ConsentEvent): void {
    if (this.overflowed || this.#held.length >= INBOX_LIMIT) return this.overflow()
    this.#held.push(event)
    this.#wake?.()
  }

  /** What the reader has yet to be given is incomplete from here on. */
  overflow(): void {
    this.overflowed = true
    this.#wake?.()
  }

  async take(): Promise<readonly ConsentEvent[]> {
    if (this.#held.length === 0 && !this.#closed && !this.overflowed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = null
    }
    return this.#held.splice(0)
  }

  readonly isOpen = (): boolean => !this.#closed;

  [Symbol.dispose](): void {
    this.#closed = true
    this.#wake?.()
    this.#leave()
  }
}

const addTo = <Key, Value>(map: Map<Key, Set<Value>>, key: Key, value: Value): (() => void) => {
  const set = map.get(key) ?? new Set()
  map.set(key, set.add(value))
  return () => {
    set.delete(value)
    if (set.size === 0) map.delete(key)
  }
}

/** Reads the log once for everybody and hands each event to those who listen under one of its keys. */
export const createChangeFeed = (store: Store, report: Report): ChangeFeed => {
  const inboxes = new Map<FeedKey, Set<Inbox>>()
  const sessions = new Map<AuthSessionId, Set<() => void>>()
  const followers = new Set<{ readonly tell: (clients: ReadonlySet<ClientId>) => void }>()
  const watchers = new Set<{ readonly tell: (key: FeedKey) => void }>()
  const subscriptions: Disposable[] = []
  let position: EventCursor | null = null
  let reading: Promise<void> | null = null
  let nudged = false

  const dispatch = (event: ConsentEvent): void => {
    for (const key of [event.clientId, event.userId, event.consentId]) {
      for (const inbox of inboxes.get(key) ?? []) inbox.push(event)
    }
  }

  const everyInbox = (): readonly Inbox[] => [...inboxes.values()].flatMap((set) => [...set])

  /** This process could not read for so long that events have come and gone: whoever listens reads the log again. */
  const passOver = (error: unknown): void => {
    if (!(error instanceof GatewayError) || error.resumeFrom === null) throw error
    report('feed.cursor.expired', {}, error)
    position = error.resumeFrom
    for (const inbox of everyInbox()) inbox.overflow()
    nudged = true
  }

  const drain = async (): Promise<void> => {
    while (nudged) {
      nudged = false
      let more = true
      while (more) {
        const page = await store.events.page('SYSTEM', {}, READ_BATCH, position).catch(passOver)
        if (page === undefined) break
        for (const event of page.rows) dispatch(event)
        const clients = new Set(page.rows.map(({ clientId }) => clientId))
        if (clients.size > 0) for (const { tell } of followers) tell(clients)
        position = page.rows.at(-1)?.cursor ?? position
        more = page.hasNextPage
      }
    }
  }

  const nudge = (): void => {
    nudged = true
    reading ??= drain()
      .catch((error: unknown) => {
        nudged = false
        report('feed.read.failed', {}, error)
      })
      .finally(() => {
        reading = null
        if (nudged) nudge()
      })
  }

  return {
    start: async () => {
      position = await store.events.head()
      const safety = setInterval(() => {
        if (inboxes.size > 0 || followers.size > 0) nudge()
      }, SAFETY_POLL_MS)
      subscriptions.push(
        { [Symbol.dispose]: () => clearInterval(safety) },
        store.onEvents(nudge),
        store.onSessions((ids) => {
          for (const id of ids) for (const listener of sessions.get(id) ?? []) listener()
        }),
      )
    },

    stop: async () => {
      for (const subscription of subscriptions.splice(0)) subscription[Symbol.dispose]()
      for (const inbox of everyInbox()) inbox[Symbol.dispose]()
      await reading
    },

    listen: (key) => {
      let leave = (): void => {}
      const inbox = new Inbox(() => leave())
      const isFirst = !inboxes.has(key)
      leave = addTo(inboxes, key, inbox)
      if (isFirst) for (const { tell } of watchers) tell(key)
      return inbox
    },

    isWatched: (keys) => keys.some((key) => inboxes.has(key)),

    watched: () => [...inboxes.keys()],

    onWatched: (tell) => {
      const watcher = { tell }
      watchers.add(watcher)
      return { [Symbol.dispose]: () => void watchers.delete(watcher) }
    },

    onEvents: (tell) => {
      const follower = { tell }
      followers.add(follower)
      return { [Symbol.dispose]: () => void followers.delete(follower) }
    },

    onSession: (id, listener) => ({ [Symbol.dispose]: addTo(sessions, id, listener) }),
  }
}
