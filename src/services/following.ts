import { isFinalConsent } from '../domain/consent.ts'
import { hasExpired } from '../domain/expiry.ts'
import { nextExpiryNotice } from '../domain/expiry-notice.ts'
import type { ConsentId, RequestId } from '../domain/ids.ts'
import { eventOf } from '../domain/observe.ts'
import type { ProviderConnector } from '../domain/provider.ts'
import type { ConsentView } from '../domain/source.ts'
import type { StoredConsent, Write } from '../domain/store.ts'
import { TransientMap } from '../domain/transient-map.ts'
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
export const WATCHED_MS = 60_000
/** Never more often, whatever a provider's pace is: that of an authorization under way is a second at some. */
export const FASTEST_MS = 10_000
/** While nobody watches: whoever reads the consent asks anyhow. */
const SELDOM_MS = 5 * 60_000

/** Of one user at one provider; what is beyond is looked at on its own. */
const MOST_AT_ONCE = 100

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

  /** One list of the provider's answers for all that a user has there: what is due is looked at with the others. */
  const polledWith = async (
    consent: StoredConsent,
    connector: ProviderConnector,
  ): Promise<readonly StoredConsent[]> => {
    if (connector.capabilities.consentRead !== 'LIST') return [consent]
    const { provider, userId } = consent
    const selection = { userId, provider: [provider], status: ['AUTHORIZED'] } as const
    const { rows } = await store.consents.page('SYSTEM', selection, { first: MOST_AT_ONCE, after: null })
    return [consent, ...rows.filter(({ id }) => id !== consent.id)]
  }

  const look = async (
    consent: StoredConsent,
    connector: ProviderConnector,
    requestId: RequestId,
  ): Promise<readonly ConsentView[]> => {
    const consents = await polledWith(consent, connector)
    return await reading.refresh(consent.provider, consents, callWithin(settings.providerCallMs, requestId))
  }

  /** Those of one user that are due at the same moment: the first looks for all. */
  const looking = new TransientMap<string, Promise<readonly ConsentView[]>>()

  const lookOnce = (
    consent: StoredConsent,
    connector: ProviderConnector,
    requestId: RequestId,
  ): Promise<readonly ConsentView[]> => {
    const key = connector.capabilities.consentRead === 'LIST' ? `${consent.provider} ${consent.userId}` : consent.id
    const known = looking.get(key)
    if (known !== undefined) return known
    const started = look(consent, connector, requestId).finally(() => looking.delete(key))
    looking.set(key, started)
    return started
  }

  return {
    announce: async (id, { dueAt, finish, again }) => {
      const consent = await read(id)
      const isOver = consent === null || hasExpired(consent, context.clock.now())
      if (isOver || consent.status !== 'AUTHORIZED' || consent.expiresAt === null) {
        return await commitOrThrow(store, [finish])
      }
      const next = nextExpiryNotice(consent, dueAt, settings.expiryNoticeDays)
      const daysLeft = Math.round((consent.expiresAt.getTime() - dueAt.getTime()) / DAY_MS)
      const isDue = settings.expiryNoticeDays.includes(daysLeft)
      const body = { type: 'ConsentExpiringSoon', daysLeft } as const
      const said: readonly Write[] = isDue ? [eventOf(consent, body, momentOf(context))] : []
      return await commitOrThrow(store, [next === null ? finish : again(next.at), ...said])
    },

    poll: async (id, { requestId, finish, again }) => {
      const consent = await read(id)
      const connector = consent === null ? undefined : connectors.find(consent.provider)?.connector
      if (consent === null || connector === undefined || isFinalConsent(consent.status)) {
        return await commitOrThrow(store, [finish])
      }
      const seen = await lookOnce(consent, connector, requestId)
      // Not among the first hundred of another's look.
      const isSeen = seen.some((view) => view.consent.id === id)
      const views = isSeen ? seen : await look(consent, connector, requestId)
      const { pollIntervalMs } = connector.capabilities.statusUpdates
      const live = views.filter((view) => !isFinalConsent(view.consent.status))
      const others = live.filter((view) => view.consent.id !== id)
      const own = live.find((view) => view.consent.id === id)
      return await commitOrThrow(store, [
        own === undefined ? finish : again(nextPoll(own, pollIntervalMs)),
        ...others.map((view): Write => {
          const job = { kind: 'POLL_CONSENT', subject: view.consent.id } as const
          return { kind: 'job.schedule', job, dueAt: nextPoll(view, pollIntervalMs) }
        }),
      ])
    },
  }
}
