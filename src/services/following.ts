import { isFinalConsent } from '../domain/consent.ts'
import { hasExpired } from '../domain/expiry.ts'
import { nextExpiryNotice } from '../domain/expiry-notice.ts'
import type { ConsentId } from '../domain/ids.ts'
import { eventOf } from '../domain/observe.ts'
import type { ConsentView } from '../domain/source.ts'
import type { StoredConsent, Write } from '../domain/store.ts'
import type { ChangeFeed } from './change-feed.ts'
import { commitOrThrow } from './commit.ts'
import { callWithin } from './connectors.ts'
import { momentOf, type ServiceContext } from './context.ts'
import type { JobRun } from './jobs.ts'
import type { Reading } from './reading.ts'

/** Follows authorized consents without a request. */
export interface Following {
  /** Says that the end is near, once per threshold. */
  announce(id: ConsentId, run: JobRun): Promise<void>
  /** Asks the provider at its own pace, more often while somebody watches. */
  poll(id: ConsentId, run: JobRun): Promise<void>
}

const DAY_MS = 86_400_000
/** Somebody watches: at most this long between two looks, real time. */
const WATCHED_MS = 60_000
/** Never more often, whatever a provider's pace is: that of an authorization under way is a second at some. */
const FASTEST_MS = 10_000
/** While nobody watches: whoever reads the consent asks anyhow. */
const SELDOM_MS = 5 * 60_000

/** 0.8 to 1.2: consents that were authorized together are not asked for together for ever. */
const jittered = (ms: number): number => ms * (0.8 + Math.random() * 0.4)

export const createFollowing = (context: ServiceContext, reading: Reading, feed: ChangeFeed): Following => {
  const { store, connectors, settings } = context

  const read = async (id: ConsentId): Promise<StoredConsent | null> =>
    (await store.consents.byIds('SYSTEM', [id]))[0] ?? null

  const nextPoll = ({ consent, source }: ConsentView, intervalMs: number): Date => {
    const watched = feed.isWatched([consent.id, consent.userId])
    const pace = watched ? Math.max(FASTEST_MS, Math.min(intervalMs, WATCHED_MS)) : Math.max(SELDOM_MS, intervalMs)
    const calm = source.stale ? pace * 2 : pace
    return new Date(Math.max(Date.now() + jittered(calm), source.problem?.retryAt?.getTime() ?? 0))
  }

  return {
    announce: async (id, { dueAt, finish, again }) => {
      const consent = await read(id)
      const isOver = consent === null || hasExpired(consent, context.clock.now())
      if (isOver || consent.status !== 'AUTHORIZED' || consent.expiresAt === null) {
        return commitOrThrow(store, [finish])
      }
      const next = nextExpiryNotice(consent, dueAt, settings.expiryNoticeDays)
      const daysLeft = Math.round((consent.expiresAt.getTime() - dueAt.getTime()) / DAY_MS)
      const isDue = settings.expiryNoticeDays.includes(daysLeft)
      const body = { type: 'ConsentExpiringSoon', daysLeft } as const
      const said: readonly Write[] = isDue ? [eventOf(consent, body, momentOf(context))] : []
      return commitOrThrow(store, [next === null ? finish : again(next.at), ...said])
    },

    poll: async (id, { requestId, finish, again }) => {
      const consent = await read(id)
      const connector = consent === null ? undefined : connectors.find(consent.provider)?.connector
      if (consent === null || connector === undefined || isFinalConsent(consent.status)) {
        return commitOrThrow(store, [finish])
      }
      const [view] = await reading.refresh(consent.provider, [consent], callWithin(settings.providerCallMs, requestId))
      const { pollIntervalMs } = connector.capabilities.statusUpdates
      const ended = view === undefined || isFinalConsent(view.consent.status)
      return commitOrThrow(store, [ended ? finish : again(nextPoll(view, pollIntervalMs))])
    },
  }
}
