import { GatewayError } from '../domain/errors.ts'
import type { ConsentId } from '../domain/ids.ts'
import type { CommitOutcome, Observation, Write } from '../domain/store.ts'

/** How long what is confirmed waits for more of its kind, so that all of it is one commit. */
const GATHER_MS = 1_000
/** Consents in one commit: it must not keep others waiting. */
const MOST_CONSENTS = 256
/** Consents that wait for the end of that time: more of them are committed at once. */
const MOST_GATHERED = 2_048

interface Confirmed {
  seenAt: Date
  /** Equal ones in a row are one, and counted, as the store counts them. */
  readonly observations: { readonly observation: Observation; times: number }[]
}

type Gathered = Map<ConsentId, Confirmed>

export interface Confirmations {
  confirm(observation: Observation, seenAt: Date): Promise<void>
  /**
   * Commits the changes, and ahead of them what was confirmed of the same consents: what is observed first is stored first.
   * Where they are not committed, what was confirmed waits on.
   */
  commit(changes: readonly Write[]): Promise<CommitOutcome>
  /** When the consent was last seen, whether that is stored by now or not. */
  seenAt(id: ConsentId, storedMs: number | null): Date | null
  /** Everything that was confirmed is committed, or refused, once it resolves. Never rejects. Null: it is. */
  settle(): Promise<void> | null
}

/** But for the time. */
const isSame = (a: Observation, b: Observation): boolean =>
  a.source === b.source &&
  a.providerRaw === b.providerRaw &&
  a.from === b.from &&
  a.to === b.to &&
  a.applied === b.applied &&
  a.rule === b.rule

const add = (gathered: Gathered, id: ConsentId, { seenAt, observations }: Confirmed): void => {
  const known = gathered.get(id)
  if (known === undefined) {
    gathered.set(id, { seenAt, observations: observations.map((one) => ({ ...one })) })
    return
  }
  if (known.seenAt < seenAt) known.seenAt = seenAt
  for (const { observation, times } of observations) {
    const last = known.observations.at(-1)
    if (last !== undefined && isSame(last.observation, observation)) last.times += times
    else known.observations.push({ observation, times })
  }
}

/** Whoever confirms hears of a failure; where nobody does, because it waited on, it is no fault of the process. */
const newOutcome = (): PromiseWithResolvers<void> => {
  const outcome = Promise.withResolvers<void>()
  outcome.promise.catch(() => {})
  return outcome
}

/** By id, which is the order in which commits take the rows of consents. */
const toWrites = (gathered: Gathered): readonly (readonly Write[])[] =>
  [...gathered]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([consentId, { seenAt, observations }]) => [
      ...observations.map(({ observation, times }): Write => ({ kind: 'observation.append', observation, times })),
      { kind: 'consent.seen', consentId, at: seenAt },
    ])

const consentOf = (write: Write): ConsentId | null => {
  if (write.kind === 'consent.update') return write.consent.id
  return write.kind === 'observation.append' ? write.observation.consentId : null
}

/**
 * A read that finds a consent as it is stored is noted down, but nobody waits for that, and many such notes cost no more than
 * one: they are gathered for a moment and committed together.
 */
export const createConfirmations = (commit: (changes: readonly Write[]) => Promise<CommitOutcome>): Confirmations => {
  let gathered: Gathered = new Map()
  /** What is being committed now by itself: one such commit at a time. */
  let flight: { readonly consents: Gathered; readonly landing: Promise<void> } | null = null
  /** What is being committed now, by itself or ahead of changes. */
  const underWay = new Set<Gathered>()
  let outcome = newOutcome()
  let timer: NodeJS.Timeout | null = null

  const depart = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const [consents, landed] = [gathered, outcome]
    gathered = new Map()
    outcome = newOutcome()
    underWay.add(consents)
    const send = async (): Promise<void> => {
      try {
        const writes = toWrites(consents)
        for (let from = 0; from < writes.length; from += MOST_CONSENTS) {
          const { committed } = await commit(writes.slice(from, from + MOST_CONSENTS).flat())
          if (!committed) throw new GatewayError('INTERNAL', { cause: new Error('A note met a conflict.') })
        }
        landed.resolve()
      } catch (error) {
        landed.reject(error)
      } finally {
        flight = null
        underWay.delete(consents)
        if (gathered.size > 0) schedule()
      }
    }
    const landing = send()
    flight = { consents, landing }
    return landing
  }

  const schedule = (): void => {
    timer ??= setTimeout(() => {
      timer = null
      if (flight === null) void depart()
    }, GATHER_MS).unref()
  }

  const takeOf = (ids: ReadonlySet<ConsentId>): Gathered => {
    const taken: Gathered = new Map()
    for (const id of ids) {
      const confirmed = gathered.get(id)
      if (confirmed !== undefined) taken.set(id, confirmed)
      gathered.delete(id)
    }
    return taken
  }

  const putBack = (ahead: Gathered): void => {
    for (const [id, confirmed] of ahead) {
      const later = gathered.get(id)
      gathered.delete(id)
      add(gathered, id, confirmed)
      if (later !== undefined) add(gathered, id, later)
    }
    schedule()
  }

  const commitBehind = async (changes: readonly Write[], ids: ReadonlySet<ConsentId>): Promise<CommitOutcome> => {
    const isFlying = (): boolean => [...ids].some((id) => flight?.consents.has(id) === true)
    while (isFlying()) await flight?.landing
    const ahead = takeOf(ids)
    if (ahead.size === 0) return await commit(changes)
    underWay.add(ahead)
    let result: CommitOutcome | null = null
    try {
      result = await commit([...toWrites(ahead).flat(), ...changes])
      return result
    } finally {
      underWay.delete(ahead)
      if (result?.committed !== true) putBack(ahead)
    }
  }

  return {
    confirm: (observation, seenAt) => {
      add(gathered, observation.consentId, { seenAt, observations: [{ observation, times: 1 }] })
      const { promise } = outcome
      if (gathered.size >= MOST_GATHERED && flight === null) void depart()
      else schedule()
      return promise
    },
    commit: (changes) => {
      if (gathered.size === 0 && flight === null) return commit(changes)
      const ids = new Set(changes.flatMap((write) => consentOf(write) ?? []))
      return ids.size === 0 ? commit(changes) : commitBehind(changes, ids)
    },
    seenAt: (id, storedMs) => {
      let latestMs = storedMs
      for (const consents of [gathered, ...underWay]) {
        const seenMs = consents.get(id)?.seenAt.getTime()
        if (seenMs !== undefined && (latestMs === null || latestMs < seenMs)) latestMs = seenMs
      }
      return latestMs === null ? null : new Date(latestMs)
    },
    settle: () => {
      if (flight === null) return gathered.size === 0 ? null : depart()
      if (gathered.size === 0) return flight.landing
      // Others wait for the same landing: whoever is first sends everything, and the others wait for that.
      return flight.landing.then(() => flight?.landing ?? (gathered.size === 0 ? undefined : depart()))
    },
  }
}
