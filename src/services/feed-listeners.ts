import type { ConsentEvent } from '../domain/event.ts'
import type { ClientId, ConsentId, UserId } from '../domain/ids.ts'
import { TransientMap, TransientSet } from '../domain/transient-map.ts'

/** Where a subscriber listens: the narrowest key that its filter and its rights allow. */
export type FeedKey = ClientId | UserId | ConsentId

/** One event for all who listen: whoever shares what comes of it knows it by this object. */
export interface FeedItem {
  readonly kind: 'EVENT'
  readonly event: ConsentEvent
}

/** None of it may throw. */
export interface FeedListener {
  /** In commit order, each once. */
  hear(item: FeedItem): void
  /** Events came and went unread: what is heard from here on does not follow on what was. */
  miss(): void
  /** The feed has stopped. */
  stopped(): void
}

export interface FeedListeners {
  add(key: FeedKey, listener: FeedListener): void
  remove(key: FeedKey, listener: FeedListener): void
  tell(key: FeedKey, item: FeedItem): void
  everyone(): readonly FeedListener[]
  has(key: FeedKey): boolean
  keys(): readonly FeedKey[]
  size(): number
}

export const createListeners = (): FeedListeners => {
  /** Of ten thousand users most have one screen open: a set for each would be most of the memory. */
  const listeners = new TransientMap<FeedKey, FeedListener | TransientSet<FeedListener>>()
  return {
    add: (key, listener) => {
      const known = listeners.get(key)
      if (known === undefined) listeners.set(key, listener)
      else if (known instanceof TransientSet) known.add(listener)
      else {
        const several = new TransientSet<FeedListener>()
        several.add(known)
        several.add(listener)
        listeners.set(key, several)
      }
    },
    remove: (key, listener) => {
      const known = listeners.get(key)
      if (known instanceof TransientSet) known.delete(listener)
      if (known === listener || (known instanceof TransientSet && known.size === 0)) listeners.delete(key)
    },
    tell: (key, item) => {
      const known = listeners.get(key)
      if (known instanceof TransientSet) for (const listener of known.values()) listener.hear(item)
      else known?.hear(item)
    },
    everyone: () => listeners.values().flatMap((known) => (known instanceof TransientSet ? known.values() : [known])),
    has: (key) => listeners.has(key),
    keys: () => listeners.keys(),
    size: () => listeners.size,
  }
}
