import { afterAll, beforeAll, expect, test } from 'vitest'
import { iterate } from '../../src/domain/flow.ts'
import type { Store } from '../../src/domain/store.ts'
import type { Viewer } from '../../src/domain/viewer.ts'
import { createChangeFeed } from '../../src/services/change-feed.ts'
import { createEventStreams } from '../../src/services/event-stream.ts'
import type { StreamItem } from '../../src/services/live-stream.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { sealer, temporaryDirectory, type TemporaryDirectory } from '../store/directory.ts'
import { newEvent, settleConsent } from '../store/entities.ts'

/** More than one reader is let wait. */
const MANY = 1_200
const BATCH = 100
const NOTHING = { user: null, consentId: null, provider: null } as const

let directory: TemporaryDirectory
let store: Store

beforeAll(async () => {
  directory = await temporaryDirectory()
  store = await openEmbeddedStore({ directory: directory.path, sealer })
})
afterAll(async () => {
  await store.close()
  await directory[Symbol.asyncDispose]()
})

const nobody = { find: () => Promise.reject(new Error('nobody is looked for')) }

test('a reader that takes its events too slowly is told where the gap is, and goes on behind what it has', async () => {
  const feed = createChangeFeed(store, () => {})
  await feed.start()
  const streams = createEventStreams({ store }, nobody, feed)
  const { client, consent } = await settleConsent(store)
  const viewer: Viewer = { client, user: null, keyHash: null, scopes: new Set(), expiresAt: null }

  const open = async () => {
    const stream = iterate(await streams.consentEvents(viewer, NOTHING, null))
    expect((await stream.next()).value).toMatchObject({ kind: 'SNAPSHOT' })
    return stream
  }
  const stream = await open()
  const quick = await open()
  // It has begun to read, and then leaves everything where it is.
  const pending = stream.next()
  const reading = (async () => {
    for (let left = MANY; left > 0; left -= 1) await quick.next()
  })()
  const ids: string[] = []
  for (let written = 0; written < MANY; written += BATCH) {
    const events = Array.from({ length: BATCH }, () => newEvent(consent))
    ids.push(...events.map(({ id }) => id))
    await store.commit(events.map((event) => ({ kind: 'event.append', event })))
  }
  await reading
  await quick.return?.()

  const seen: StreamItem[] = [(await pending).value as StreamItem]
  for await (const item of stream) seen.push(item)
  const gap = seen.pop()
  const seenIds = seen.flatMap((item) => (item.kind === 'EVENT' ? item.event.id : []))
  expect(seenIds.length).toBeLessThan(MANY)
  expect(seenIds).toEqual(ids.slice(0, seenIds.length))
  expect(gap).toMatchObject({ kind: 'GAP', reason: 'SLOW_CONSUMER' })
  if (gap?.kind !== 'GAP') throw new Error('no gap')

  const behind = iterate(await streams.consentEvents(viewer, NOTHING, gap.resumeFrom))
  const rest: string[] = []
  while (rest.length < MANY - seenIds.length) {
    const { value } = await behind.next()
    rest.push(value?.kind === 'EVENT' ? value.event.id : '')
  }
  expect([...seenIds, ...rest]).toEqual(ids)
  await behind.return?.()
  await feed.stop()
})
