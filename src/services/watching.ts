import type { ConsentId, UserId } from '../domain/ids.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { FeedKey } from './feed-listeners.ts'
import { FASTEST_MS, WATCHED_MS } from './following.ts'
import type { ServiceContext } from './context.ts'

/** Has consents looked at sooner while somebody watches them here: whichever process looks need not know of it. */
export interface Watching {
  start(): void
  stop(): Promise<void>
}

/** Screens open in bursts: one statement for all of them. */
const GATHER_MS = 200

const isConsent = (key: FeedKey): key is ConsentId => key.startsWith('con_')
const isUser = (key: FeedKey): key is UserId => key.startsWith('usr_')

export const createWatching = (
  { store, report }: Pick<ServiceContext, 'store' | 'report'>,
  feed: ChangeFeed,
): Watching => {
  const begun = new Set<FeedKey>()
  let gathering: NodeJS.Timeout | null = null
  let ticker: NodeJS.Timeout | null = null
  let listening: Disposable | null = null
  let last = Promise.resolve()

  /** A look that was put off for minutes comes within seconds. An API client's stream of everybody hastens none. */
  const hasten = (keys: readonly FeedKey[]): void => {
    const watched = { consents: keys.filter(isConsent), users: keys.filter(isUser) }
    last = last
      .then(() => store.jobs.hastenPolls(watched, new Date(Date.now() + FASTEST_MS)))
      .catch((error: unknown) => report('watching.failed', {}, error))
  }

  return {
    start: () => {
      listening = feed.onWatched((key) => {
        begun.add(key)
        gathering ??= setTimeout(() => {
          gathering = null
          hasten([...begun])
          begun.clear()
        }, GATHER_MS)
      })
      // Another process may have looked, and put the next look off, not knowing of those who watch here.
      ticker = setInterval(() => hasten(feed.watched()), WATCHED_MS)
    },
    stop: async () => {
      listening?.[Symbol.dispose]()
      if (gathering !== null) clearTimeout(gathering)
      if (ticker !== null) clearInterval(ticker)
      await last
    },
  }
}
