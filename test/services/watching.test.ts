import { expect, test } from 'vitest'
import { createChangeFeed } from '../../src/services/change-feed.ts'
import type { FeedKey } from '../../src/services/feed-listeners.ts'
import { createWatching } from '../../src/services/watching.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { sealer, temporaryDirectory } from '../store/directory.ts'
import { put, settleConsent } from '../store/entities.ts'
import { contextOf } from './service-context.ts'

const SOON = { timeout: 20_000, interval: 50 } as const
const WITHIN_SECONDS_MS = 12_000
const MINUTES_MS = 5 * 60_000

test.each([
  ['the consent', true, ({ consent }: { consent: { id: FeedKey } }) => consent.id],
  ['its user', true, ({ user }: { user: { id: FeedKey } }) => user.id],
  ['all users of the client', false, ({ client }: { client: { id: FeedKey } }) => client.id],
] as const)('who begins to watch %s has it looked at: %s', async (_, looks, keyOf) => {
  await using directory = await temporaryDirectory()
  const store = await openEmbeddedStore({ directory: directory.path, sealer })
  const context = contextOf(store)
  const feed = createChangeFeed(store, context.report)
  const watching = createWatching(context, feed)
  await feed.start()
  watching.start()
  const tenant = await settleConsent(store, { status: 'AUTHORIZED' })
  const control = await settleConsent(store, { status: 'AUTHORIZED' })
  await put(
    store,
    ...[tenant, control].map(({ consent }) => {
      const job = { kind: 'POLL_CONSENT', subject: consent.id } as const
      return { kind: 'job.schedule', job, dueAt: new Date(Date.now() + MINUTES_MS) } as const
    }),
  )
  const dueSoon = async (): Promise<readonly string[]> => {
    const dueBefore = new Date(Date.now() + WITHIN_SECONDS_MS)
    const jobs = await store.jobs.claim({ kinds: ['POLL_CONSENT'], dueBefore, leaseMs: 0, limit: 10 })
    return jobs.map(({ subject }) => subject)
  }
  expect(await dueSoon()).toEqual([])
  const keys = [keyOf(tenant), control.consent.id]
  const listener = { hear: () => {}, miss: () => {}, stopped: () => {} }
  for (const key of keys) feed.listen(key, listener)
  await expect.poll(dueSoon, SOON).toContain(control.consent.id)
  for (const key of keys) feed.leave(key, listener)
  expect((await dueSoon()).includes(tenant.consent.id)).toBe(looks)
  await watching.stop()
  await feed.stop()
  await store.close()
})
