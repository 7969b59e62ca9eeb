import { isFinalSession, type AuthSession } from '../domain/auth-session.ts'
import { GatewayError } from '../domain/errors.ts'
import type { ConsentEvent, ConsentEventType, EventCursor } from '../domain/event.ts'
import { type AuthSessionId, isId } from '../domain/ids.ts'
import type { ProviderId } from '../domain/provider-id.ts'
import type { EventSelection, Page, StoredConsent } from '../domain/store.ts'
import { scopeOf, type Viewer } from '../domain/viewer.ts'
import type { ChangeFeed, EventInbox, FeedKey } from './change-feed.ts'
import type { ServiceContext } from './context.ts'
import { onceStoreAnswers } from './store-away.ts'
import type { UserRef, Users } from './users.ts'

export interface StreamFilter {
  readonly user: UserRef | null
  readonly consentId: string | null
  readonly provider: readonly ProviderId[] | null
}

export type StreamItem =
  | {
      readonly kind: 'SNAPSHOT'
      readonly cursor: EventCursor
      readonly consents: readonly StoredConsent[]
      readonly truncated: boolean
    }
  | { readonly kind: 'EVENT'; readonly event: ConsentEvent }
  | { readonly kind: 'GAP'; readonly reason: 'CURSOR_EXPIRED' | 'SLOW_CONSUMER'; readonly resumeFrom: EventCursor }

export interface EventStreams {
  /**
   * A snapshot, or what came after the cursor; then live, in commit order, each event once. Where something after it is no
   * longer kept, a gap, and the end.
   *
   * @throws GatewayError NOT_FOUND for a user or consent the viewer cannot see, INVALID_INPUT for a foreign cursor
   */
  consentEvents(viewer: Viewer, filter: StreamFilter, after: string | null): Promise<AsyncIterableIterator<StreamItem>>
  /** Status changes from now on. */
  statusChanges(viewer: Viewer, filter: StreamFilter): Promise<AsyncIterableIterator<StreamItem>>
  /**
   * Empty for a user or consent the viewer cannot see.
   *
   * @throws GatewayError INVALID_INPUT for a foreign cursor, CURSOR_EXPIRED where something after it is no longer kept
   */
  page(viewer: Viewer, filter: StreamFilter, first: number, after: string | null): Promise<Page<ConsentEvent>>
  history(viewer: Viewer, consent: StoredConsent, first: number, after: string | null): Promise<Page<ConsentEvent>>
  /** The session now and after each change; ends when it is final. */
  authSession(viewer: Viewer, id: string): Promise<AsyncIterableIterator<AuthSession>>
}

const SNAPSHOT_LIMIT = 100
const REPLAY_BATCH = 200
/** Tries to read consents and log at one position; under constant change the earlier position stands. */
const SNAPSHOT_TRIES = 5

/** An async generator's `return` waits for its pending `next`; `release` wakes that first. */
const releasing = <Item>(items: AsyncGenerator<Item>, release: () => void): AsyncIterableIterator<Item> => ({
  [Symbol.asyncIterator]() {
    return this
  },
  next: () => items.next(),
  return: () => {
    release()
    return items.return(undefined)
  },
})

/** Where to go on after a cursor that was too old; null for any other fault. */
const expiredAt = (error: unknown): EventCursor | null => (error instanceof GatewayError ? error.resumeFrom : null)

export const createEventStreams = (
  { store }: Pick<ServiceContext, 'store'>,
  users: Pick<Users, 'find'>,
  feed: ChangeFeed,
): EventStreams => {
  interface Listening {
    readonly selection: EventSelection
    readonly key: FeedKey
    /** The consents that a snapshot lists; null where it would be everybody's. */
    readonly list: (() => Promise<readonly StoredConsent[]>) | null
  }

  const findConsent = async (viewer: Viewer, id: string): Promise<StoredConsent> => {
    const [consent] = isId('con', id) ? await store.consents.byIds(scopeOf(viewer), [id]) : [null]
    if (consent === null || consent === undefined) {
      throw new GatewayError('NOT_FOUND', { message: 'No such consent.', path: ['filter', 'consentId'] })
    }
    return consent
  }

  const resolve = async (
    viewer: Viewer,
    filter: StreamFilter,
    types: readonly ConsentEventType[] | null,
  ): Promise<Listening> => {
    const scope = scopeOf(viewer)
    const user = filter.user === null ? viewer.user : await users.find(viewer, filter.user, 'filter', 'user')
    const consent = filter.consentId === null ? null : await findConsent(viewer, filter.consentId)
    const selection: EventSelection = {
      ...(user !== null && { userId: user.id }),
      ...(consent !== null && { consentId: consent.id }),
      ...(filter.provider !== null && { provider: filter.provider }),
      ...(types !== null && { types }),
    }
    if (consent !== null) {
      const list = async () => (await store.consents.byIds(scope, [consent.id])).flatMap((found) => found ?? [])
      return { selection, key: consent.id, list }
    }
    if (user === null) return { selection, key: viewer.client.id, list: null }
    const list = async () => {
      const chosen = { userId: user.id, ...(filter.provider !== null && { provider: filter.provider }) }
      return (await store.consents.page(scope, chosen, { first: SNAPSHOT_LIMIT, after: null })).rows
    }
    return { selection, key: user.id, list }
  }

  const isWanted = (event: ConsentEvent, viewer: Viewer, selection: EventSelection): boolean =>
    event.clientId === viewer.client.id &&
    (viewer.user === null || event.userId === viewer.user.id) &&
    (selection.userId === undefined || event.userId === selection.userId) &&
    (selection.consentId === undefined || event.consentId === selection.consentId) &&
    (selection.provider === undefined || selection.provider.includes(event.provider)) &&
    (selection.types === undefined || selection.types.includes(event.body.type))

  const snapshot = async (list: Listening['list']): Promise<Extract<StreamItem, { kind: 'SNAPSHOT' }>> => {
    let cursor = await store.events.head()
    if (list === null) return { kind: 'SNAPSHOT', cursor, consents: [], truncated: true }
    for (let tries = 1; ; tries += 1) {
      const consents = await list()
      const head = await store.events.head()
      if (store.events.compare(head, cursor) === 0 || tries === SNAPSHOT_TRIES) {
        return { kind: 'SNAPSHOT', cursor, consents, truncated: consents.length >= SNAPSHOT_LIMIT }
      }
      cursor = head
    }
  }

  async function* replay(
    viewer: Viewer,
    selection: EventSelection,
    inbox: EventInbox,
    after: EventCursor,
  ): AsyncGenerator<ConsentEvent> {
    let position = after
    for (;;) {
      const read = () => store.events.page(scopeOf(viewer), selection, REPLAY_BATCH, position)
      const page = await onceStoreAnswers(read, inbox.isOpen)
      yield* page.rows
      position = page.rows.at(-1)?.cursor ?? position
      if (!page.hasNextPage) return
    }
  }

  async function* live(
    viewer: Viewer,
    selection: EventSelection,
    inbox: EventInbox,
    from: EventCursor,
  ): AsyncGenerator<StreamItem> {
    let position = from
    for (;;) {
      const events = await inbox.take()
      if (events.length === 0 && !inbox.overflowed) return
      for (const event of events) {
        if (store.events.compare(event.cursor, position) <= 0) continue
        position = event.cursor
        if (isWanted(event, viewer, selection)) yield { kind: 'EVENT', event }
      }
      if (inbox.overflowed) {
        yield { kind: 'GAP', reason: 'SLOW_CONSUMER', resumeFrom: position }
        return
      }
    }
  }

  /** Listens before it reads, so that nothing falls between the log and the live events. */
  async function* follow(
    viewer: Viewer,
    { selection, list }: Listening,
    inbox: EventInbox,
    start: { readonly after: EventCursor | null; readonly withSnapshot: boolean },
  ): AsyncGenerator<StreamItem> {
    let position = start.after
    if (position === null) {
      const first = start.withSnapshot ? await onceStoreAnswers(() => snapshot(list), inbox.isOpen) : null
      if (first !== null) yield first
      position = first?.cursor ?? (await onceStoreAnswers(store.events.head, inbox.isOpen))
    } else {
      try {
        for await (const event of replay(viewer, selection, inbox, position)) {
          position = event.cursor
          yield { kind: 'EVENT', event }
        }
      } catch (error) {
        const resumeFrom = expiredAt(error)
        if (resumeFrom === null) throw error
        yield { kind: 'GAP', reason: 'CURSOR_EXPIRED', resumeFrom }
        return
      }
    }
    yield* live(viewer, selection, inbox, position)
  }

  const open = (viewer: Viewer, listening: Listening, after: EventCursor | null, withSnapshot: boolean) => {
    const inbox = feed.listen(listening.key)
    const release = (): void => inbox[Symbol.dispose]()
    return releasing(follow(viewer, listening, inbox, { after, withSnapshot }), release)
  }

  const toCursor = (text: string | null): EventCursor | null => text as EventCursor | null

  async function* followSession(viewer: Viewer, first: AuthSession, signal: Signal): AsyncGenerator<AuthSession> {
    let shown = first
    yield shown
    while (!isFinalSession(shown.status) && (await signal.changed())) {
      const read = () => store.sessions.byIds(scopeOf(viewer), [first.id])
      const [session] = await onceStoreAnswers(read, signal.isOpen)
      if (session === null || session === undefined) return
      if (session.version === shown.version) continue
      shown = session
      yield shown
    }
  }

  return {
    consentEvents: async (viewer, filter, after) => {
      const listening = await resolve(viewer, filter, null)
      const cursor = toCursor(after)
      // Refuses a foreign cursor before the stream opens, so that the caller gets an error and not an empty stream.
      if (cursor !== null) store.events.compare(cursor, cursor)
      return open(viewer, listening, cursor, true)
    },

    statusChanges: async (viewer, filter) =>
      open(viewer, await resolve(viewer, filter, ['ConsentStatusChanged']), await store.events.head(), false),

    page: async (viewer, filter, first, after) => {
      const found = await resolve(viewer, filter, null).catch((error: unknown) => {
        if (error instanceof GatewayError && error.code === 'NOT_FOUND') return null
        throw error
      })
      if (found === null) return { rows: [], hasNextPage: false }
      return store.events.page(scopeOf(viewer), found.selection, first, toCursor(after))
    },

    history: (viewer, consent, first, after) =>
      store.events.page(scopeOf(viewer), { consentId: consent.id }, first, toCursor(after)),

    authSession: async (viewer, id) => {
      const [session] = isId('aus', id) ? await store.sessions.byIds(scopeOf(viewer), [id]) : [null]
      if (session === null || session === undefined) {
        throw new GatewayError('NOT_FOUND', { message: 'No such authorization session.', path: ['id'] })
      }
      const signal = createSignal(feed, session.id)
      const [now] = await store.sessions.byIds(scopeOf(viewer), [session.id])
      return releasing(followSession(viewer, now ?? session, signal), signal.close)
    },
  }
}

interface Signal {
  /** Waits for a change, or for the end: false then. One that came before it is asked for is remembered. */
  changed(): Promise<boolean>
  isOpen(): boolean
  close(): void
}

const createSignal = (feed: ChangeFeed, id: AuthSessionId): Signal => {
  let pending = false
  let closed = false
  let wake: (() => void) | null = null
  const listening = feed.onSession(id, () => {
    pending = true
    wake?.()
  })
  return {
    changed: async (): Promise<boolean> => {
      if (!pending && !closed) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      pending = false
      return !closed
    },
    isOpen: () => !closed,
    close: (): void => {
      closed = true
      listening[Symbol.dispose]()
      wake?.()
    },
  }
}
