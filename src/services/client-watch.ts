import { allowedScopes, type ApiClient } from '../domain/api-client.ts'
import type { Clock } from '../domain/clock.ts'
import type { ClientId } from '../domain/ids.ts'
import type { Store } from '../domain/store.ts'
import { TransientMap, TransientSet } from '../domain/transient-map.ts'
import type { Viewer } from '../domain/viewer.ts'
import type { Report } from './context.ts'

/**
 * Looks after credentials in long use: a request is checked when it comes, a subscription goes on for days. What an operator
 * does in any process is seen here after a look at the store, so that no message between processes can get lost.
 */
export interface ClientWatch {
  start(): void
  stop(): Promise<void>
  /**
   * Tells once when the credential of the viewer is not what it was: its client is disabled, its key has ended, its scopes
   * have changed, or the erasure of its user was asked for. At most `WATCH_MS` and one read later, while the store can be read.
   */
  watch(viewer: Viewer, tell: () => void): Disposable
}

export const WATCH_MS = 1_000
/** What was written by another clock, or committed late, is looked at again. */
const OVERLAP_MS = 60_000

class Watched implements Disposable {
  readonly viewer: Viewer
  readonly tell: () => void
  readonly #leave: (watched: Watched) => void

  constructor(viewer: Viewer, tell: () => void, leave: (watched: Watched) => void) {
    this.viewer = viewer
    this.tell = tell
    this.#leave = leave
  }

  [Symbol.dispose](): void {
    this.#leave(this)
  }
}

const isAsItWas = (client: ApiClient | null, viewer: Viewer): boolean =>
  client !== null && client.disabledAt === null && client.version === viewer.client.version

export const createClientWatch = (
  { clients, users }: Pick<Store, 'clients' | 'users'>,
  clock: Clock,
  report: Report,
): ClientWatch => {
  const watched = new TransientMap<ClientId, TransientSet<Watched>>()
  let ticker: NodeJS.Timeout | null = null
  let looking: Promise<void> | null = null
  let lookedAt = clock.now()

  const leave = (entry: Watched): void => {
    const { id } = entry.viewer.client
    const all = watched.get(id)
    all?.delete(entry)
    if (all?.size === 0) watched.delete(id)
  }

  const isTaken = async (client: ApiClient, keyHash: string): Promise<boolean> =>
    client.keyHash === keyHash || ((await clients.formerKey(keyHash))?.endsAt.getTime() ?? 0) > Date.now()

  const check = async (client: ApiClient | null, watching: readonly Watched[]): Promise<void> => {
    // Nearly always that is nobody, of thousands.
    const all = watching.filter(({ viewer }) => !isAsItWas(client, viewer))
    if (all.length === 0) return
    const taken = new Map<string, Promise<boolean>>()
    const holds = async ({ viewer }: Watched): Promise<boolean> => {
      if (client === null || client.disabledAt !== null) return false
      const scopes = viewer.user === null ? client.scopes : allowedScopes(client, viewer.scopes)
      if (scopes.length !== viewer.scopes.size || !scopes.every((scope) => viewer.scopes.has(scope))) return false
      if (viewer.keyHash === null) return true
      const known = taken.get(viewer.keyHash) ?? isTaken(client, viewer.keyHash)
      taken.set(viewer.keyHash, known)
      return await known
    }
    const held = await Promise.all(all.map(holds))
    for (const [index, { tell }] of all.entries()) if (held[index] === false) tell()
  }

  const lookAtClients = async (): Promise<void> => {
    const groups = watched.entries()
    if (groups.length === 0) return
    const found = await clients.byIds(groups.map(([id]) => id))
    await Promise.all(groups.map(([, all], index) => check(found[index] ?? null, all.values())))
  }

  /** By who is being erased, and not by who is here: those are few, and nearly always nobody. */
  const lookAtUsers = async (): Promise<void> => {
    const startedAt = clock.now()
    const erased = new Set(watched.size === 0 ? [] : await users.erasedSince(new Date(lookedAt.getTime() - OVERLAP_MS)))
    lookedAt = startedAt
    if (erased.size === 0) return
    for (const { viewer, tell } of watched.values().flatMap((all) => all.values())) {
      if (viewer.user !== null && erased.has(viewer.user.id)) tell()
    }
  }

  const look = async (): Promise<void> => {
    await Promise.all([lookAtClients(), lookAtUsers()])
  }

  return {
    start: () => {
      ticker = setInterval(() => {
        looking ??= look()
          .catch((error: unknown) => report('clients.watch.failed', {}, error))
          .finally(() => {
            looking = null
          })
      }, WATCH_MS)
    },

    stop: async () => {
      if (ticker !== null) clearInterval(ticker)
      await looking
    },

    watch: (viewer, tell) => {
      const { id } = viewer.client
      const all = watched.get(id) ?? new TransientSet()
      watched.set(id, all)
      const entry = new Watched(viewer, tell, leave)
      all.add(entry)
      return entry
    },
  }
}
