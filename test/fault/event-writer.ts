import { setTimeout as pause } from 'node:timers/promises'
import type { Consent } from '../../src/domain/consent.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import type { ClientId, ConsentId, EventId } from '../../src/domain/ids.ts'
import type { Store, User, Write } from '../../src/domain/store.ts'
import { newConsent, newEvent, newUser, next, put } from '../store/entities.ts'
import { createTally } from './tally.ts'

/** Of a development gateway. */
const CLIENT: ClientId = 'cli_development'
const CONSENTS_OF_EACH = 2
const TICK_MS = 10
/** As many as the store has connections. */
const AT_ONCE = 10
const MADE_AT_ONCE = 16

/** One commit: when it was asked for, and its event. */
export interface Written {
  readonly id: EventId
  readonly consentId: ConsentId
  /** As `performance.now` says. */
  readonly at: number
}

/** Commits changes of consents as the gateway's services do, faster than a bank would have them. */
export interface EventWriter {
  readonly users: readonly User[]
  /** In the order of their commits, for each consent of a user. */
  writtenFor(user: User): ReadonlyMap<ConsentId, readonly Written[]>
  readonly count: number
  /** Waits until so many have been committed. */
  until(count: number): Promise<void>
  /** So many changes at random consents, so many a second where that can be; resolves when all are committed. */
  write(changes: number, perSecond: number, random: () => number): Promise<void>
  /** One change of each consent. */
  writeToEach(): Promise<void>
}

export const createEventWriter = async (store: Store, people: number): Promise<EventWriter> => {
  const users = Array.from({ length: people }, (_, index) => newUser(CLIENT, { externalId: `follower-${index}` }))
  const consents: Consent[] = users.flatMap((user) => Array.from({ length: CONSENTS_OF_EACH }, () => newConsent(user)))
  const written = new Map(consents.map(({ id }) => [id, [] as Written[]]))
  for (let done = 0; done < users.length; done += MADE_AT_ONCE) {
    const some = users.slice(done, done + MADE_AT_ONCE)
    await put(store, ...some.map((user) => ({ kind: 'user.insert', user }) as const))
  }
  for (let done = 0; done < consents.length; done += MADE_AT_ONCE) {
    const some = consents.slice(done, done + MADE_AT_ONCE)
    await put(store, ...some.map((consent) => ({ kind: 'consent.insert', consent }) as const))
  }
  /** Two changes of one consent at once would be a race. */
  const idle = new Set(consents.keys())
  const committed = createTally()

  /** A commit whose answer is lost has happened where its version is there. */
  const commit = async ({ id, version }: Consent, ...writes: readonly Write[]): Promise<void> => {
    for (let tried = false; ; tried = true) {
      try {
        const stored = tried ? (await store.consents.byIds('SYSTEM', [id]))[0]!.version : 0
        if (stored < version) await put(store, ...writes)
        return
      } catch (error) {
        if (!(error instanceof GatewayError) || error.code !== 'STORE_UNAVAILABLE') throw error
      }
    }
  }

  const change = async (index: number): Promise<void> => {
    idle.delete(index)
    const changed = next(consents[index]!)
    const event = newEvent(changed)
    const at = performance.now()
    await commit(changed, { kind: 'consent.update', consent: changed }, { kind: 'event.append', event })
    consents[index] = changed
    written.get(changed.id)!.push({ id: event.id, consentId: changed.id, at })
    committed.add()
    idle.add(index)
  }

  return {
    users,
    writtenFor: (user) =>
      new Map(consents.filter(({ userId }) => userId === user.id).map(({ id }) => [id, written.get(id)!])),
    get count() {
      return committed.count
    },
    until: committed.until,
    write: async (changes, perSecond, random) => {
      const running = new Set<Promise<void>>()
      const startedAt = performance.now()
      for (let sent = 0; sent < changes;) {
        const due = Math.min(changes, Math.floor(((performance.now() - startedAt) / 1000) * perSecond) + 1)
        for (; sent < due && running.size < AT_ONCE && idle.size > 0; sent += 1) {
          const choice = [...idle][Math.floor(random() * idle.size)]!
          const changing = change(choice).finally(() => running.delete(changing))
          running.add(changing)
        }
        await Promise.race([pause(TICK_MS), ...(running.size === AT_ONCE ? running : [])])
      }
      await Promise.all(running)
    },
    writeToEach: async () => {
      for (const index of consents.keys()) await change(index)
    },
  }
}
