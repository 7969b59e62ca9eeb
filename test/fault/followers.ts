import type { StreamItem } from '../../examples/subscribe/consent-events.ts'
import { followEvents } from '../../examples/subscribe/follow-events.ts'
import type { Written } from './event-writer.ts'

/** One event as it came. */
interface Seen {
  readonly id: string
  readonly consentId: string
  /** As `performance.now` says. */
  readonly at: number
}

/** One screen that follows what it may see, across lost connections: the client of the examples. */
export interface Follower {
  readonly seen: readonly Seen[]
  /** When it opened each of its connections. */
  readonly connectedAt: readonly number[]
  readonly items: readonly StreamItem[]
  /** Rejects where the stream ends before. */
  until(holds: () => boolean): Promise<void>
  stop(): Promise<void>
}

export interface FollowerOptions {
  readonly url: string
  readonly credential: string
  readonly filter?: { readonly user?: object }
  readonly after?: string
  /** Default: over a WebSocket. */
  readonly client?: typeof followEvents
}

export const openFollower = ({ url, credential, filter, after, client = followEvents }: FollowerOptions): Follower => {
  const seen: Seen[] = []
  const items: StreamItem[] = []
  const connectedAt: number[] = []
  let wake = (): void => {}
  const following = client({
    url,
    ...(filter !== undefined && { filter }),
    ...(after !== undefined && { after }),
    credential: () => {
      connectedAt.push(performance.now())
      return credential
    },
    onItem: (item) => {
      if (item.id === undefined) items.push(item)
      else seen.push({ id: item.id, consentId: item.consent?.id ?? '', at: performance.now() })
      wake()
    },
  })
  let stopped = false
  const ended = following.ended.then(() => {
    if (!stopped) throw new Error('The stream has ended.')
  })
  // Whoever waits sees it.
  ended.catch(() => {})
  return {
    seen,
    items,
    connectedAt,
    until: async (holds) => {
      while (!holds()) await Promise.race([new Promise<void>((resolve) => (wake = resolve)), ended])
    },
    stop: async () => {
      stopped = true
      following.stop()
      await following.ended.catch(() => {})
    },
  }
}

export interface Comparison {
  readonly missed: number
  readonly duplicated: number
  /** Consents whose events came in another order than they were committed. */
  readonly disordered: number
}

/** What a follower saw beside what was committed, consent by consent. */
export const compare = (
  { seen }: Pick<Follower, 'seen'>,
  written: ReadonlyMap<string, readonly Written[]>,
): Comparison => {
  const ids = seen.map(({ id }) => id)
  const unique = new Set(ids)
  const byConsent = Map.groupBy(seen, ({ consentId }) => consentId)
  let [missed, disordered] = [0, 0]
  for (const [consentId, events] of written) {
    const expected = events.map(({ id }) => id)
    const came = [...new Set((byConsent.get(consentId) ?? []).map(({ id }) => id))]
    missed += expected.filter((id) => !unique.has(id)).length
    const known = new Set(came)
    if (expected.filter((id) => known.has(id)).join() !== came.join()) disordered += 1
  }
  return { missed, duplicated: ids.length - unique.size, disordered }
}
