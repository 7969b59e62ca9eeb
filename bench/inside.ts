/**
 * Loaded into a gateway with `node --import`: commits through the gateway's own store, as its services do, and says what the
 * process has used. The embedded store belongs to one process: nobody else could write events to it fast.
 */
import { registerHooks } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread, Worker } from 'node:worker_threads'
import type { Consent } from '../src/domain/consent.ts'
import { type ConsentId, type EventId, randomIds } from '../src/domain/ids.ts'
import type { Store } from '../src/domain/store.ts'
import { steadyMs } from './steady-clock.ts'

export type InsideOrder =
  /** Changes of these consents, in turn; 0 a second: one after the other. Answered with `Written`. */
  | {
      readonly kind: 'WRITE'
      readonly consentIds: readonly string[]
      readonly events: number
      readonly perSecond: number
    }
  /** Answered with `Used`. */
  | { readonly kind: 'USE' }
  /** Collects garbage first. Answered with `Held`. */
  | { readonly kind: 'HOLD' }

export interface Written {
  /** When its commit was answered. */
  readonly events: readonly { readonly id: EventId; readonly committedAt: number }[]
}

export interface Used {
  /** Of all threads since the start. */
  readonly cpuMs: number
  /** Statements that the store was asked for since the start, in reads and in commits. */
  readonly statements: { readonly read: number; readonly committed: number }
}

export interface Held {
  readonly residentBytes: number
  readonly heapBytes: number
}

const offered = Promise.withResolvers<Store>()
export const offerStore = offered.resolve

const statements = { read: 0, committed: 0 }
const AT_ONCE = 64
const LOADED_AT_ONCE = 100
const FORWARD_MS = 60_000

const loadConsents = async (store: Store, ids: readonly ConsentId[]): Promise<Consent[]> => {
  const consents: Consent[] = []
  for (let done = 0; done < ids.length; done += LOADED_AT_ONCE) {
    const found = await store.consents.byIds('SYSTEM', ids.slice(done, done + LOADED_AT_ONCE))
    for (const consent of found) {
      if (consent === null) throw new Error('a consent of the benchmark is not there')
      const { seenAt: _, ...row } = consent
      consents.push(row)
    }
  }
  return consents
}

/** One change, with its event: what a provider's answer that names another end comes to. */
const change = async (store: Store, consent: Consent): Promise<readonly [Consent, Written['events'][number]]> => {
  const now = new Date()
  const changed: Consent = {
    ...consent,
    version: consent.version + 1,
    updatedAt: now,
    expiresAt: new Date((consent.expiresAt ?? now).getTime() + FORWARD_MS),
  }
  const id = randomIds.next('evt')
  const { clientId, userId, id: consentId, provider, version: consentVersion } = changed
  const body = { type: 'ConsentDetailsChanged', changed: ['expiresAt'] } as const
  const event = { id, at: now, clientId, userId, consentId, provider, consentVersion, body }
  const outcome = await store.commit([
    { kind: 'consent.update', consent: changed },
    { kind: 'event.append', event },
  ])
  if (!outcome.committed) throw new Error(`the commit met a conflict at ${outcome.conflict}`)
  return [changed, { id, committedAt: steadyMs() }]
}

const write = async (store: Store, order: Extract<InsideOrder, { kind: 'WRITE' }>): Promise<Written> => {
  const consents = await loadConsents(store, order.consentIds as readonly ConsentId[])
  const events: Written['events'][number][] = []
  const running = new Set<Promise<void>>()
  const startedAt = steadyMs()
  const changeAt = async (index: number): Promise<void> => {
    const consent = consents[index]
    if (consent === undefined) throw new Error('there is nothing to change')
    const [changed, event] = await change(store, consent)
    consents[index] = changed
    events.push(event)
  }
  for (let sent = 0; sent < order.events;) {
    const due = order.perSecond === 0 ? sent + 1 : ((steadyMs() - startedAt) / 1_000) * order.perSecond
    for (; sent < Math.min(due, order.events) && running.size < AT_ONCE; sent += 1) {
      const changing = changeAt(sent % consents.length).finally(() => running.delete(changing))
      running.add(changing)
    }
    if (order.perSecond === 0) await Promise.all(running)
    else await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(running)
  return { events }
}

const listen = (): void => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const use = (): Used => {
    const { user, system } = process.cpuUsage()
    return { cpuMs: (user + system) / 1_000, statements: { ...statements } }
  }
  const hold = async (): Promise<Held> => {
    collectGarbage()
    // What the first has ended to refer to.
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    const { rss, heapUsed } = process.memoryUsage()
    return { residentBytes: rss, heapBytes: heapUsed }
  }
  process.on('message', (order: InsideOrder) => {
    const answer = async (): Promise<Written | Used | Held> => {
      if (order.kind === 'WRITE') return await write(await offered.promise, order)
      return order.kind === 'USE' ? use() : await hold()
    }
    answer().then(
      (said) => process.send?.(said),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
}

const countStatements = (): void => {
  // oxlint-disable-next-line unbound-method -- called with its own worker below
  const { postMessage } = Worker.prototype
  Worker.prototype.postMessage = function countedPost(this: Worker, message: unknown, ...rest: never[]): void {
    const { queries, batches } = message as Partial<Record<'queries' | 'batches', readonly unknown[]>>
    statements.read += queries?.length ?? 0
    for (const batch of (batches ?? []) as readonly (readonly [number, readonly unknown[]])[]) {
      statements.committed += batch[1].length
    }
    postMessage.call(this, message, ...rest)
  }
}

const FOUNDATION = new URL('../src/foundation.ts', import.meta.url).href
const OFFERED = new URL('offered-foundation.ts', import.meta.url).href

if (isMainThread && process.send !== undefined) {
  countStatements()
  listen()
  registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context)
      return resolved.url === FOUNDATION && context.parentURL !== OFFERED ? { ...resolved, url: OFFERED } : resolved
    },
  })
}
