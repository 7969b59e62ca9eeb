import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Consent } from '../../src/domain/consent.ts'
import type { EventCursor, NewConsentEvent } from '../../src/domain/event.ts'
import { iterate } from '../../src/domain/flow.ts'
import type { Store } from '../../src/domain/store.ts'
import type { Viewer } from '../../src/domain/viewer.ts'
import { createChangeFeed } from '../../src/services/change-feed.ts'
import { createEventStreams, type EventStreams } from '../../src/services/event-stream.ts'
import type { StreamItem } from '../../src/services/live-stream.ts'
import { createIdempotency } from '../../src/services/idempotency.ts'
import { createUsers } from '../../src/services/users.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { sealer, temporaryDirectory, type TemporaryDirectory } from '../store/directory.ts'
import { at, newEvent, put, settleConsent } from '../store/entities.ts'
import { contextOf } from './service-context.ts'

const OLD = at()
const BORDER = at(60)
const YOUNG = at(120)
const NO_FILTER = { user: null, consentId: null, provider: null }
const SOON = { timeout: 20_000, interval: 5 } as const

let directory: TemporaryDirectory
let store: Store
let consent: Consent
let viewer: Viewer
const reported: string[] = []
const opened: { stop(): Promise<void> }[] = []

beforeEach(async () => {
  directory = await temporaryDirectory()
  store = await openEmbeddedStore({ directory: directory.path, sealer })
  const tenant = await settleConsent(store)
  consent = tenant.consent
  viewer = { client: tenant.client, user: null, keyHash: null, scopes: new Set(), expiresAt: null }
  reported.length = 0
})
afterEach(async () => {
  for (const feed of opened.splice(0)) await feed.stop()
  await store.close()
  await directory[Symbol.asyncDispose]()
})

const openStreams = async (over: Store = store): Promise<EventStreams> => {
  const context = contextOf(over, reported)
  const feed = createChangeFeed(over, context.report)
  opened.push(feed)
  await feed.start()
  const key = new Uint8Array(32)
  return createEventStreams(context, createUsers(context, createIdempotency(over, [key])), feed)
}

const append = async (when: Date, count: number): Promise<readonly string[]> => {
  const events = Array.from({ length: count }, (): NewConsentEvent => ({ ...newEvent(consent), at: when }))
  await put(store, ...events.map((event) => ({ kind: 'event.append', event }) as const))
  return events.map(({ id }) => id)
}

const nextOf = async (items: AsyncIterableIterator<StreamItem>): Promise<StreamItem | null> => {
  const { value, done } = await items.next()
  return done === true ? null : value
}

const sweep = async (part: number): Promise<void> => {
  while ((await store.retention.events(BORDER, part)).more);
}

test('a stream whose cursor is too old ends with a gap, from whose end it goes on', async () => {
  const streams = await openStreams()
  const start = await store.events.head()
  await append(OLD, 3)
  const [kept] = await append(YOUNG, 1)
  await sweep(10)
  const stream = iterate(await streams.consentEvents(viewer, NO_FILTER, start))
  const gap = await nextOf(stream)
  expect(gap).toEqual({ kind: 'GAP', reason: 'CURSOR_EXPIRED', resumeFrom: await store.events.head() })
  expect(await nextOf(stream)).toBeNull()

  const { resumeFrom } = gap as Extract<StreamItem, { kind: 'GAP' }>
  const resumed = iterate(await streams.consentEvents(viewer, NO_FILTER, resumeFrom))
  const [next] = await append(YOUNG, 1)
  expect(await nextOf(resumed)).toMatchObject({ kind: 'EVENT', event: { id: next } })
  await resumed.return?.()
  const { rows } = await streams.page(viewer, NO_FILTER, 10, null)
  expect(rows.map(({ id }) => id)).toEqual([kept, next])
  await expect(streams.page(viewer, NO_FILTER, 10, start)).rejects.toMatchObject({
    code: 'CURSOR_EXPIRED',
    resumeFrom: expect.any(String),
  })
  await expect(streams.history(viewer, { ...consent, seenAt: null }, 10, start)).rejects.toMatchObject({
    code: 'CURSOR_EXPIRED',
  })
})

test('streams that go on while events are removed and others come have each of them, or end with a gap', async () => {
  const streams = await openStreams()
  for (let round = 0; round < 6; round++) {
    const start = await store.events.head()
    const log: string[] = []
    for (let part = 0; part < 30; part++) log.push(...(await append(OLD, 20)))
    const pages = await store.events.page('SYSTEM', {}, 1_000, start)
    const cursors = [start, ...pages.rows.map(({ cursor }) => cursor)]
    // Later than the border: they stay, whoever has yet to read them.
    const live: string[] = []
    const comeLive = async (): Promise<void> => {
      for (let count = 0; count < 20; count++) live.push(...(await append(YOUNG, 1)))
    }
    const resume = async (place: number, index: number): Promise<'ALL' | 'GAP'> => {
      // One after the other, all through the removal.
      for (let waits = 0; waits < index * 12; waits++) await store.ping()
      const stream = iterate(await streams.consentEvents(viewer, NO_FILTER, cursors[place] as EventCursor))
      const seen: string[] = []
      const ended = Promise.withResolvers<'GAP' | 'COMPLETE'>()
      const isComplete = (): boolean => live.length === 20 && seen.at(-1) === live.at(-1)
      void (async () => {
        for await (const item of stream) {
          if (item.kind === 'GAP') return ended.resolve('GAP')
          if (item.kind === 'EVENT') seen.push(item.event.id)
          if (isComplete()) return ended.resolve('COMPLETE')
        }
      })().catch(ended.reject)
      await Promise.race([ended.promise, vi.waitUntil(isComplete, SOON)])
      const expected = [...log.slice(place), ...live]
      expect(seen).toEqual(isComplete() ? expected : expected.slice(0, seen.length))
      await stream.return?.()
      return isComplete() ? 'ALL' : 'GAP'
    }
    const places = Array.from({ length: 16 }, (_, index) => (index * 211) % cursors.length)
    await Promise.all([sweep(11), comeLive(), ...places.map(resume)])
    expect(await resume(0, 0)).toBe('GAP')
    expect(await resume(log.length, 0)).toBe('ALL')
    await store.retention.events(at(1_000_000), 1_000)
  }
})

test('a process that could not read the log until its place was gone tells everybody who listens', async () => {
  const gate = { blocked: false, opened: Promise.withResolvers<void>() }
  const hindered: Store = {
    ...store,
    events: {
      ...store.events,
      page: async (...args) => {
        if (gate.blocked && args[0] === 'SYSTEM') await gate.opened.promise
        return await store.events.page(...args)
      },
    },
  }
  const streams = await openStreams(hindered)
  const stream = iterate(await streams.consentEvents(viewer, NO_FILTER, null))
  expect(await nextOf(stream)).toMatchObject({ kind: 'SNAPSHOT' })
  const [seen] = await append(OLD, 1)
  const first = await nextOf(stream)
  expect(first).toMatchObject({ kind: 'EVENT', event: { id: seen } })
  gate.blocked = true
  await append(OLD, 5)
  await sweep(10)
  gate.blocked = false
  gate.opened.resolve()
  const { cursor } = (first as Extract<StreamItem, { kind: 'EVENT' }>).event
  expect(await nextOf(stream)).toEqual({ kind: 'GAP', reason: 'SLOW_CONSUMER', resumeFrom: cursor })
  const resumed = iterate(await streams.consentEvents(viewer, NO_FILTER, cursor))
  expect(await nextOf(resumed)).toMatchObject({ kind: 'GAP', reason: 'CURSOR_EXPIRED' })
  expect(reported).toContain('feed.cursor.expired')
  // Whoever comes now hears what comes now.
  const afresh = iterate(await streams.consentEvents(viewer, NO_FILTER, null))
  await nextOf(afresh)
  const [next] = await append(YOUNG, 1)
  expect(await nextOf(afresh)).toMatchObject({ kind: 'EVENT', event: { id: next } })
  await afresh.return?.()
})
