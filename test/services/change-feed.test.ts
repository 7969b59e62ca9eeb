import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Consent } from '../../src/domain/consent.ts'
import type { Store } from '../../src/domain/store.ts'
import { type ChangeFeed, createChangeFeed } from '../../src/services/change-feed.ts'
import type { FeedItem } from '../../src/services/feed-listeners.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { sealer, temporaryDirectory, type TemporaryDirectory } from '../store/directory.ts'
import { newEvent, put, settleConsent } from '../store/entities.ts'

let directory: TemporaryDirectory
let store: Store
let consent: Consent
let feed: ChangeFeed
let reads: number
/** What is read is answered after it. */
let gate: Promise<void>
let heard: FeedItem[]

beforeEach(async () => {
  directory = await temporaryDirectory()
  store = await openEmbeddedStore({ directory: directory.path, sealer })
  ;({ consent } = await settleConsent(store))
  reads = 0
  gate = Promise.resolve()
  heard = []
  const events: Store['events'] = {
    ...store.events,
    page: async (...given) => {
      reads += 1
      const page = await store.events.page(...given)
      await gate
      return page
    },
  }
  feed = createChangeFeed({ ...store, events }, (what, _about, error) => {
    throw new Error(what, { cause: error })
  })
  await feed.start()
  feed.listen(consent.id, {
    hear: (item) => void heard.push(item),
    miss: () => {},
    stopped: () => {},
  })
  // From here on no pause ends by itself.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(async () => {
  vi.useRealTimers()
  await feed.stop()
  await store.close()
  await directory[Symbol.asyncDispose]()
})

const append = async (count: number): Promise<void> => {
  for (let left = count; left > 0; left -= 1) {
    await put(store, { kind: 'event.append', event: newEvent(consent) })
    await turn()
  }
}

const settled = async (of: { readonly heard: number; readonly reads: number }): Promise<void> => {
  while (heard.length < of.heard || reads < of.reads) await turn()
}

it('reads at once what comes alone, and in one go what comes until it reads again', async () => {
  await append(1)
  await settled({ heard: 1, reads: 1 })
  await append(20)
  expect({ heard: heard.length, reads }).toEqual({ heard: 1, reads: 1 })
  vi.advanceTimersByTime(10)
  await settled({ heard: 21, reads: 2 })
  expect({ heard: heard.length, reads }).toEqual({ heard: 21, reads: 2 })
})

it('reads once more, and not at once, after what came while it read', async () => {
  const read = Promise.withResolvers<void>()
  gate = read.promise
  await append(2)
  expect({ heard: heard.length, reads }).toEqual({ heard: 0, reads: 1 })
  read.resolve()
  await settled({ heard: 1, reads: 1 })
  gate = Promise.resolve()
  vi.advanceTimersByTime(10)
  await settled({ heard: 2, reads: 2 })
})

it('stops in the middle of a pause', async () => {
  await append(1)
  await settled({ heard: 1, reads: 1 })
  await append(1)
  await feed.stop()
  vi.advanceTimersByTime(10)
  await turn()
  expect(reads).toBe(1)
})

it('reads again once it is started again', async () => {
  await append(1)
  await settled({ heard: 1, reads: 1 })
  await feed.stop()
  await feed.start()
  await append(1)
  expect(reads).toBe(2)
  await settled({ heard: 2, reads: 2 })
})
