import { isFinalSession, type AuthSession } from '../domain/auth-session.ts'
import { GatewayError } from '../domain/errors.ts'
import type { ConsentEvent, ConsentEventType, EventCursor } from '../domain/event.ts'
import type { Flow } from '../domain/flow.ts'
import { type AuthSessionId, isId } from '../domain/ids.ts'
import type { ProviderId } from '../domain/provider-id.ts'
import type { EventSelection, Page, StoredConsent } from '../domain/store.ts'
import { scopeOf, type Viewer } from '../domain/viewer.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { ServiceContext } from './context.ts'
import { type Beginning, type Listening, LiveStream, type StreamItem } from './live-stream.ts'
import { onceStoreAnswers } from './store-away.ts'
import type { UserRef, Users } from './users.ts'

export interface StreamFilter {
  readonly user: UserRef | null
  readonly consentId: string | null
  readonly provider: readonly ProviderId[] | null
}

export interface EventStreams {
  /**
   * A snapshot, or what came after the cursor; then live, in commit order, each event once. Where something after it is no
   * longer kept, a gap, and the end.
   *
   * @throws GatewayError NOT_FOUND for a user or consent the viewer cannot see, INVALID_INPUT for a foreign cursor
   */
  consentEvents(viewer: Viewer, filter: StreamFilter, after: string | null): Promise<Flow<StreamItem>>
  /** Status changes from now on. */
  statusChanges(viewer: Viewer, filter: StreamFilter): Promise<Flow<StreamItem>>
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

export const createEventStreams = (
  { store }: Pick<ServiceContext, 'store'>,
  users: Pick<Users, 'find'>,
  feed: ChangeFeed,
): EventStreams => {
  interface Chosen extends Listening {
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
  ): Promise<Chosen> => {
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
      return { viewer, selection, key: consent.id, list }
    }
    if (user === null) return { viewer, selection, key: viewer.client.id, list: null }
    const list = async () => {
      const chosen = { userId: user.id, ...(filter.provider !== null && { provider: filter.provider }) }
      return (await store.consents.page(scope, chosen, { first: SNAPSHOT_LIMIT, after: null })).rows
    }
    return { viewer, selection, key: user.id, list }
  }

  const snapshot = async (list: Chosen['list']): Promise<Extract<StreamItem, { kind: 'SNAPSHOT' }>> => {
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

  async function* replay({ viewer, selection }: Listening, isOpen: () => boolean, after: EventCursor): Beginning {
    let position = after
    for (;;) {
      const read = () => store.events.page(scopeOf(viewer), selection, REPLAY_BATCH, position)
      const page = await onceStoreAnswers(read, isOpen)
      for (const event of page.rows) {
        position = event.cursor
        yield { kind: 'EVENT', event }
      }
      if (!page.hasNextPage) return position
    }
  }

  async function* begin(
    { list, ...listening }: Chosen,
    isOpen: () => boolean,
    start: { readonly after: EventCursor | null; readonly withSnapshot: boolean },
  ): Beginning {
    if (start.after !== null) return yield* replay(listening, isOpen, start.after)
    if (!start.withSnapshot) return await onceStoreAnswers(store.events.head, isOpen)
    const first = await onceStoreAnswers(() => snapshot(list), isOpen)
    yield first
    return first.cursor
  }

  const live = { feed, events: store.events }
  const open = (chosen: Chosen, after: EventCursor | null, withSnapshot: boolean): Flow<StreamItem> => {
    const { viewer, selection, key } = chosen
    return new LiveStream(live, { viewer, selection, key }, (isOpen) => begin(chosen, isOpen, { after, withSnapshot }))
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
      const chosen = await resolve(viewer, filter, null)
      const cursor = toCursor(after)
      // Refuses a foreign cursor before the stream opens, so that the caller gets an error and not an empty stream.
      if (cursor !== null) store.events.compare(cursor, cursor)
      return open(chosen, cursor, true)
    },

    statusChanges: async (viewer, filter) =>
      open(await resolve(viewer, filter, ['ConsentStatusChanged']), await store.events.head(), false),

    page: async (viewer, filter, first, after) => {
      const found = await resolve(viewer, filter, null).catch((error: unknown) => {
        if (error instanceof GatewayError && error.code === 'NOT_FOUND') return null
        throw error
      })
      if (found === null) return { rows: [], hasNextPage: false }
      return await store.events.page(scopeOf(viewer), found.selection, first, toCursor(after))
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
