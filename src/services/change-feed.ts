import { GatewayError } from '../domain/errors.ts'
import type { ConsentEvent, EventCursor } from '../domain/event.ts'
import type { AuthSessionId, ClientId } from '../domain/ids.ts'
import type { Store } from '../domain/store.ts'
import { TransientMap, TransientSet } from '../domain/transient-map.ts'
import type { Report } from './context.ts'
import { createListeners, type FeedItem, type FeedKey, type FeedListener } from './feed-listeners.ts'

export interface ChangeFeed {
  start(): Promise<void>
  stop(): Promise<void>
  listen(key: FeedKey, listener: FeedListener): void
  leave(key: FeedKey, listener: FeedListener): void
  /** Has everything up to there been heard? */
  hasReached(cursor: EventCursor): boolean
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
/** Real time: a nudge that got lost, or a read that failed, costs a subscriber no more than this. */
const SAFETY_POLL_MS = 1000
/**
 * Real time between two reads. What comes alone is read at once; of what comes all the time, a read takes everything that came since the
 * last one, so that many writers cost no more reads than a few.
 */
const PAUSE_MS = 5

const addTo = <Key, Value>(map: TransientMap<Key, TransientSet<Value>>, key: Key, value: Value): void => {
  const set = map.get(key) ?? new TransientSet()
  if (set.size === 0) map.set(key, set)
  set.add(value)
}

const removeFrom = <Key, Value>(map: TransientMap<Key, TransientSet<Value>>, key: Key, value: Value): void => {
  const set = map.get(key)
  set?.delete(value)
  if (set?.size === 0) map.delete(key)
}

/** Reads the log once for everybody and hands each event to those who listen under one of its keys. */
export const createChangeFeed = (store: Store, report: Report): ChangeFeed => {
  const listeners = createListeners()
  const sessions = new TransientMap<AuthSessionId, TransientSet<() => void>>()
  const followers = new Set<{ readonly tell: (clients: ReadonlySet<ClientId>) => void }>()
  const watchers = new Set<{ readonly tell: (key: FeedKey) => void }>()
  const subscriptions: Disposable[] = []
  let position: EventCursor | null = null
  let reading: Promise<void> | null = null
  let pausing: NodeJS.Timeout | null = null
  let nudged = false

  const dispatch = (event: ConsentEvent): void => {
    const item: FeedItem = { kind: 'EVENT', event }
    for (const key of [event.clientId, event.userId, event.consentId]) listeners.tell(key, item)
  }

  /** This process could not read for so long that events have come and gone: whoever listens reads the log again. */
  const passOver = (error: unknown): void => {
    if (!(error instanceof GatewayError) || error.resumeFrom === null) throw error
    report('feed.cursor.expired', {}, error)
    position = error.resumeFrom
    for (const listener of listeners.everyone()) listener.miss()
    nudged = true
  }

  const drain = async (): Promise<void> => {
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

  const endPause = (): void => {
    pausing = null
    if (nudged) read()
  }

  const read = (): void => {
    reading = drain()
      .catch((error: unknown) => {
        nudged = false
        report('feed.read.failed', {}, error)
      })
      .finally(() => {
        reading = null
        pausing = setTimeout(endPause, PAUSE_MS).unref()
      })
  }

  const nudge = (): void => {
    nudged = true
    if (reading === null && pausing === null) read()
  }

  return {
    start: async () => {
      position = await store.events.head()
      const safety = setInterval(() => {
        if (listeners.size() > 0 || followers.size > 0) nudge()
      }, SAFETY_POLL_MS)
      subscriptions.push(
        { [Symbol.dispose]: () => clearInterval(safety) },
        store.onEvents(nudge),
        store.onSessions((ids) => {
          for (const id of ids) for (const listener of sessions.get(id)?.values() ?? []) listener()
        }),
      )
    },

    stop: async () => {
      for (const subscription of subscriptions.splice(0)) subscription[Symbol.dispose]()
      for (const listener of listeners.everyone()) listener.stopped()
      await reading
      if (pausing !== null) clearTimeout(pausing)
      pausing = null
    },

    listen: (key, listener) => {
      const isFirst = !listeners.has(key)
      listeners.add(key, listener)
      if (isFirst) for (const { tell } of watchers) tell(key)
    },

    leave: listeners.remove,

    hasReached: (cursor) => position !== null && (position === cursor || store.events.compare(position, cursor) >= 0),

    isWatched: (keys) => keys.some((key) => listeners.has(key)),

    watched: listeners.keys,

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

    onSession: (id, listener) => {
      addTo(sessions, id, listener)
      return { [Symbol.dispose]: () => removeFrom(sessions, id, listener) }
    },
  }
}
