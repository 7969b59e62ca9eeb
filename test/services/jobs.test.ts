import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ConsentId } from '../../src/domain/ids.ts'
import type { JobKind } from '../../src/domain/job.ts'
import type { Store } from '../../src/domain/store.ts'
import { createJobRunner, type JobHandlers, type JobRun, type JobTiming } from '../../src/services/jobs.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { sealer, temporaryDirectory, type TemporaryDirectory } from '../store/directory.ts'
import { newConsent, put, settle, settleConsent } from '../store/entities.ts'
import { contextOf } from './service-context.ts'

/** By now, in all of these tests. */
const DUE = new Date(0)
const SOON = { timeout: 20_000, interval: 10 } as const

let directory: TemporaryDirectory
let store: Store
const reported: string[] = []

beforeEach(async () => {
  directory = await temporaryDirectory()
  store = await openEmbeddedStore({ directory: directory.path, sealer })
  reported.length = 0
  done.clear()
})
afterEach(async () => {
  await store.close()
  await directory[Symbol.asyncDispose]()
})

/** Whose job is over and done. */
const done = new Set<string>()

const ended = async (id: string, { finish }: JobRun): Promise<void> => {
  if ((await store.commit([finish])).committed) done.add(id)
}

const ENDED: JobHandlers = {
  REVOKE: ended,
  EXPIRE_CONSENT: ended,
  EXPIRY_NOTICE: ended,
  POLL_CONSENT: ended,
  ERASE_USER: ended,
  // Always there, and none of those that are counted.
  PRUNE: async (_, { again }) => {
    await store.commit([again(new Date(Date.now() + 3_600_000))])
  },
  RECONCILE_SESSION: ended,
  EXPIRE_SESSION: ended,
  DENY_SESSION: ended,
}

const run = (handlers: Partial<JobHandlers>, timing: Partial<JobTiming> = {}) => {
  const runner = createJobRunner(contextOf(store, reported), { ...ENDED, ...handlers }, { tickMs: 20, ...timing })
  return { ...runner, [Symbol.asyncDispose]: runner.stop }
}

/** Consents of one bank, each with a job that is due. */
const dueAt = async (
  institutionRef: string,
  count: number,
  kind: JobKind = 'REVOKE',
): Promise<readonly ConsentId[]> => {
  const { user } = await settle(store)
  const consents = Array.from({ length: count }, () => newConsent(user, { provider: 'ENABLE_BANKING', institutionRef }))
  await put(
    store,
    ...consents.flatMap((consent) => [
      { kind: 'consent.insert', consent } as const,
      { kind: 'job.schedule', job: { kind, subject: consent.id }, dueAt: DUE } as const,
    ]),
  )
  return consents.map(({ id }) => id)
}

describe('jobs', () => {
  test('of a bank that does not answer hold up neither the clock nor those of other banks', async () => {
    const stuck = new Set(await dueAt('FI:Stuck', 40))
    const well = await dueAt('FI:Well', 20)
    const { consent } = await settleConsent(store)
    await put(store, { kind: 'job.schedule', job: { kind: 'EXPIRE_CONSENT', subject: consent.id }, dueAt: DUE })
    const hanging = Promise.withResolvers<void>()
    const begun = new Set<string>()
    await using runner = run({
      REVOKE: async (id, job) => {
        begun.add(id)
        if (stuck.has(id)) await hanging.promise
        await ended(id, job)
      },
    })
    runner.start()
    await vi.waitUntil(() => done.size === well.length + 1, SOON)
    expect(done).toEqual(new Set([...well, consent.id]))
    const underWay = [...begun].filter((id) => stuck.has(id as ConsentId)).length
    expect(underWay).toBeGreaterThan(0)
    expect(underWay).toBeLessThanOrEqual(3)
    // Once it answers, all of its own run too.
    hanging.resolve()
    await vi.waitUntil(() => done.size === well.length + 1 + stuck.size, SOON)
  })

  test('run once, however long they take, while their holder is alive', async () => {
    const [id] = await dueAt('FI:Slow', 1)
    let runs = 0
    const slow: Partial<JobHandlers> = {
      REVOKE: async (subject, job) => {
        runs += 1
        // Several leases long; the other runner asks all along.
        const until = Date.now() + 6_000
        await vi.waitUntil(() => Date.now() > until, SOON)
        await ended(subject, job)
      },
    }
    await using one = run(slow, { leaseMs: 2_000 })
    await using other = run(slow, { leaseMs: 2_000 })
    one.start()
    other.start()
    await vi.waitUntil(() => done.has(id!), SOON)
    expect(runs).toBe(1)
  })

  test('that never end give up their room and their lease', async () => {
    const ids = await dueAt('FI:Hung', 4)
    let tries = 0
    const never = new Promise<void>(() => {})
    const runner = run(
      {
        REVOKE: async (id, job) => {
          tries += 1
          if (tries <= 3) await never
          await ended(id, job)
        },
      },
      { leaseMs: 300, longestRunMs: 600 },
    )
    runner.start()
    await vi.waitUntil(() => done.size === ids.length, SOON)
    expect(reported.filter((event) => event === 'job.overdue')).toHaveLength(3)
    await runner.stop()
  })

  test('under way are waited for when the runner stops, and no other begins', async () => {
    const ids = await dueAt('FI:Slow', 9)
    const gate = Promise.withResolvers<void>()
    const begun: string[] = []
    const runner = run({
      REVOKE: async (id, job) => {
        begun.push(id)
        await gate.promise
        await ended(id, job)
      },
    })
    runner.start()
    await vi.waitUntil(() => begun.length > 0, SOON)
    let stopped = false
    const stopping = runner.stop().then(() => {
      stopped = true
    })
    await store.ping()
    expect(stopped).toBe(false)
    gate.resolve()
    await stopping
    expect(done).toEqual(new Set(begun))
    expect(done.size).toBeLessThan(ids.length)
  })

  test('that are due all run in one go, however many there are', async () => {
    const ids = await dueAt('FI:Many', 60, 'POLL_CONSENT')
    const seen: string[] = []
    const runner = run({
      POLL_CONSENT: async (id, { again }) => {
        seen.push(id)
        await store.commit([again(new Date())])
      },
    })
    expect(await runner.runDue()).toBe(60)
    expect(seen.toSorted()).toEqual([...ids].toSorted())
  })

  test('that fail are tried again later, and the rest goes on', async () => {
    const ids = await dueAt('FI:Broken', 2)
    const runner = run({
      REVOKE: async (id, job) => {
        if (id === ids[0]) throw new Error('broken')
        await ended(id, job)
      },
    })
    expect(await runner.runDue()).toBe(2)
    expect(reported).toEqual(['job.failed'])
    expect(done).toEqual(new Set([ids[1]]))
  })
})
