import { describe, expect, test } from 'vitest'
import { randomIds } from '../../../src/domain/ids.ts'
import type { ClaimedJob, JobKind, JobName, JobPlace } from '../../../src/domain/job.ts'
import type { ProviderId } from '../../../src/domain/provider-id.ts'
import type { Store } from '../../../src/domain/store.ts'
import type { OpenedStore } from '../../contract/store-suite.ts'
import { at, newConsent, newSession, put, settle, settleConsent } from '../entities.ts'

const newJob = (kind: JobKind = 'REVOKE'): JobName => ({ kind, subject: randomIds.next('con') })
const schedule = (job: JobName, minutes = 0) => ({ kind: 'job.schedule', job, dueAt: at(minutes) }) as const
const finish = ({ kind, subject, fence }: ClaimedJob, again: Date | null = null) =>
  ({ kind: 'job.finish', job: { kind, subject }, fence, again }) as const

/** Whoever else's jobs are due, too: an engine may keep one database for all tests. */
const claim = async (store: Store, job: JobName, leaseMs: number, minutes = 0): Promise<ClaimedJob | undefined> => {
  const jobs = await store.jobs.claim({ kinds: [job.kind], dueBefore: at(minutes), leaseMs, limit: 1_000 })
  return jobs.find(({ subject }) => subject === job.subject)
}

const LONG_MS = 600_000

export const describeJobs = (opened: OpenedStore): void => {
  describe('jobs', () => {
    test('are claimed when due, by one at a time', async () => {
      const store = opened()
      const job = newJob()
      await put(store, schedule(job, 5))
      expect(await claim(store, job, LONG_MS, 4)).toBeUndefined()
      expect(await claim(store, { ...job, kind: 'EXPIRE_CONSENT' }, LONG_MS, 5)).toBeUndefined()
      const claims = await Promise.all(Array.from({ length: 10 }, () => claim(store, job, LONG_MS, 5)))
      const won = claims.filter((claimed) => claimed !== undefined)
      expect(won).toEqual([{ ...job, dueAt: at(5), attempts: 1, fence: expect.any(Number), place: null }])
    })

    test('are claimed again once their lease has run out, and the first holder is refused', async () => {
      const store = opened()
      const job = newJob()
      await put(store, schedule(job))
      const first = await claim(store, job, 0)
      const second = await claim(store, job, LONG_MS)
      expect(second).toMatchObject({ attempts: 2 })
      expect(await store.commit([finish(first!)])).toEqual({ committed: false, conflict: 'job.finish' })
      await put(store, finish(second!))
      expect(await store.commit([finish(second!)])).toEqual({ committed: false, conflict: 'job.finish' })
      expect(await claim(store, job, LONG_MS)).toBeUndefined()
    })

    test('can be put off by their holder, once', async () => {
      const store = opened()
      const job = newJob()
      await put(store, schedule(job))
      const held = await claim(store, job, LONG_MS)
      await put(store, finish(held!, at(9)))
      expect(await store.commit([finish(held!, at(10))])).toEqual({ committed: false, conflict: 'job.finish' })
      expect(await claim(store, job, LONG_MS, 8)).toBeUndefined()
      expect(await claim(store, job, LONG_MS, 9)).toMatchObject({ dueAt: at(9), attempts: 2 })
    })

    test('scheduled again leave their holder', async () => {
      const store = opened()
      const job = newJob()
      await put(store, schedule(job))
      const held = await claim(store, job, LONG_MS)
      await put(store, schedule(job, 3))
      expect(await store.commit([finish(held!)])).toEqual({ committed: false, conflict: 'job.finish' })
      expect(await claim(store, job, LONG_MS, 3)).toMatchObject({ dueAt: at(3), attempts: 2 })
    })

    test('are made where there is none, and left alone where there is one', async () => {
      const store = opened()
      const job = newJob()
      await put(store, { kind: 'job.ensure', job, dueAt: at(3) })
      const held = await claim(store, job, LONG_MS, 3)
      expect(held).toMatchObject({ dueAt: at(3), attempts: 1 })
      await put(store, { kind: 'job.ensure', job, dueAt: at() })
      expect(await claim(store, job, LONG_MS, 3)).toBeUndefined()
      await put(store, finish(held!))
    })

    test('dropped and scheduled anew do not take the former holder for the new one', async () => {
      const store = opened()
      const job = newJob()
      await put(store, schedule(job))
      const former = await claim(store, job, LONG_MS)
      await put(store, { kind: 'job.drop', job })
      await put(store, { kind: 'job.drop', job })
      await put(store, schedule(job))
      const holder = await claim(store, job, LONG_MS)
      expect(await store.commit([finish(former!)])).toMatchObject({ committed: false })
      await put(store, finish(holder!))
    })

    test('are kept by their holder for as long as it renews its lease, and by nobody else', async () => {
      const store = opened()
      const job = newJob()
      await put(store, schedule(job))
      const { fence } = (await claim(store, job, 0))!
      await put(store, { kind: 'job.renew', job, fence: fence + 1, leaseMs: LONG_MS })
      await put(store, { kind: 'job.renew', job: newJob(), fence, leaseMs: LONG_MS })
      const second = await claim(store, job, 0)
      expect(second).toMatchObject({ attempts: 2 })
      await put(store, { kind: 'job.renew', job, fence, leaseMs: LONG_MS })
      const third = await claim(store, job, 0)
      expect(third).toMatchObject({ attempts: 3 })
      await put(store, { kind: 'job.renew', job, fence: third!.fence, leaseMs: LONG_MS })
      expect(await claim(store, job, LONG_MS)).toBeUndefined()
      await put(store, finish(third!))
    })

    test('say whom they call, and are left alone where that one is to be', async () => {
      const store = opened()
      const atBank = await settleConsent(store, { provider: 'ENABLE_BANKING', institutionRef: 'FI:A Bank' })
      const elsewhere = await settleConsent(store, { provider: 'ENABLE_BANKING', institutionRef: 'FI:Another' })
      const anywhere = await settleConsent(store, { provider: 'FISKIL', institutionRef: null })
      const session = newSession(atBank.consent)
      await put(store, { kind: 'session.insert', session })
      const subjects = [atBank.consent.id, elsewhere.consent.id, anywhere.consent.id, session.id]
      const jobs = subjects.map((subject): JobName => ({ kind: 'POLL_CONSENT', subject }))
      await put(store, ...jobs.map((job) => schedule(job, -9_000)))
      const claimed = async (
        providers: readonly ProviderId[],
        places: readonly JobPlace[],
      ): Promise<readonly ClaimedJob[]> => {
        const except = { providers, places }
        const found = await store.jobs.claim({
          kinds: ['POLL_CONSENT'],
          dueBefore: at(-9_000),
          leaseMs: 0,
          limit: 1_000,
          except,
        })
        return subjects.flatMap((subject) => found.find((job) => job.subject === subject) ?? [])
      }
      const bank = { provider: 'ENABLE_BANKING', institutionRef: 'FI:A Bank' } as const
      const nowhere = { provider: 'FISKIL', institutionRef: null } as const
      const of = async (providers: readonly ProviderId[], places: readonly JobPlace[]) =>
        (await claimed(providers, places)).map(({ subject }) => subject)
      expect((await claimed([], [])).map(({ place }) => place)).toEqual([
        bank,
        { ...bank, institutionRef: 'FI:Another' },
        nowhere,
        bank,
      ])
      expect(await of(['ENABLE_BANKING'], [])).toEqual([anywhere.consent.id])
      expect(await of([], [bank])).toEqual([elsewhere.consent.id, anywhere.consent.id])
      expect(await of([], [nowhere, bank])).toEqual([elsewhere.consent.id])
      expect(await of(['FISKIL', 'ENABLE_BANKING'], [bank])).toEqual([])
      await put(store, ...jobs.map((job) => ({ kind: 'job.drop', job }) as const))
    })

    test('that look at consents come sooner for those who watch, and never later', async () => {
      const store = opened()
      const { user } = await settle(store)
      const other = await settle(store)
      const live = { status: 'AUTHORIZED' } as const
      const named = newConsent(other.user, live)
      const ofUser = [newConsent(user, live), newConsent(user, live)]
      const ended = newConsent(user, { status: 'REVOKED' })
      const unwatched = newConsent(other.user, live)
      const soon = newConsent(user, live)
      const consents = [named, ...ofUser, ended, unwatched, soon]
      await put(
        store,
        ...consents.flatMap((consent) => [
          { kind: 'consent.insert', consent } as const,
          schedule({ kind: 'POLL_CONSENT', subject: consent.id }, consent === soon ? -8_100 : -7_000),
        ]),
        schedule({ kind: 'EXPIRE_CONSENT', subject: named.id }, -7_000),
      )
      await store.jobs.hastenPolls(
        { consents: [named.id, randomIds.next('con'), named.id], users: [user.id] },
        at(-8_000),
      )
      await store.jobs.hastenPolls({ consents: [], users: [] }, at(-8_000))
      const due = await store.jobs.claim({
        kinds: ['POLL_CONSENT', 'EXPIRE_CONSENT'],
        dueBefore: at(-8_000),
        leaseMs: LONG_MS,
        limit: 1_000,
      })
      const own = due.filter(({ subject }) => consents.some(({ id }) => id === subject))
      expect(new Map(own.map(({ subject, dueAt }) => [subject, dueAt]))).toEqual(
        new Map([[soon.id, at(-8_100)], ...[named, ...ofUser].map(({ id }) => [id, at(-8_000)] as const)]),
      )
      await put(
        store,
        ...consents.map(({ id }) => ({ kind: 'job.drop', job: { kind: 'POLL_CONSENT', subject: id } }) as const),
        { kind: 'job.drop', job: { kind: 'EXPIRE_CONSENT', subject: named.id } },
      )
    })

    test('are claimed in the order they are due, no more than asked for', async () => {
      const store = opened()
      const jobs = [2, 0, 1].map((minutes) => ({ job: newJob('EXPIRE_SESSION'), minutes }))
      await put(store, ...jobs.map(({ job, minutes }) => schedule(job, minutes - 1_000)))
      const claimed = await store.jobs.claim({
        kinds: ['EXPIRE_SESSION', 'EXPIRE_SESSION', 'RECONCILE_SESSION'],
        dueBefore: at(),
        leaseMs: LONG_MS,
        limit: 2,
      })
      expect(claimed.map(({ subject }) => subject)).toEqual([jobs[1]!.job.subject, jobs[2]!.job.subject])
      expect(await store.jobs.claim({ kinds: [], dueBefore: at(), leaseMs: LONG_MS, limit: 2 })).toEqual([])
    })
  })
}
