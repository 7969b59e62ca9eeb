import { afterEach, beforeEach, expect, it } from 'vitest'
import { setImmediate as turn } from 'node:timers/promises'
import { createEmbeddedEngine } from '../../src/store/embedded/engine.ts'
import type { Replies, Requests } from '../../src/store/embedded/protocol.ts'
import { startStoreThread } from '../../src/store/embedded/store-thread.ts'
import type { Engine, WriteStatement } from '../../src/store/engine.ts'
import { temporaryDirectory, type TemporaryDirectory } from './directory.ts'

let directory: TemporaryDirectory
let engine: Engine
/** What went to the thread, and what came from it and is held back. */
let posted: Requests[]
let held: (() => void)[]
let holds: boolean

beforeEach(async () => {
  directory = await temporaryDirectory()
  posted = []
  held = []
  holds = false
  const thread = startStoreThread({ directory: directory.path, lockWaitMs: 0 })
  engine = await createEmbeddedEngine(
    {
      ...thread,
      post: (requests) => {
        posted.push(requests)
        thread.post(requests)
      },
      onReplies: (listener) =>
        thread.onReplies((replies: Replies) => {
          if (holds) held.push(() => listener(replies))
          else listener(replies)
        }),
    },
    directory.path,
  )
})
afterEach(async () => {
  await engine.close()
  await directory[Symbol.asyncDispose]()
})

const note = (name: string): readonly WriteStatement[] => [
  { sql: 'insert into "meta" ("name", "value") values (?, ?)', parameters: [name, ''], affects: 1 },
]
const COMMITTED = { conflict: null, rows: [] }

const release = async (): Promise<void> => {
  await expect.poll(() => held.length, { interval: 2 }).toBe(1)
  held.splice(0).forEach((tell) => tell())
}

it('asks the thread for everything at once that was asked while it worked', async () => {
  holds = true
  const first = engine.batch(note('a'))
  await turn()
  const later = [engine.batch(note('b'))]
  await turn()
  later.push(engine.batch(note('c')))
  const read = engine.query({ sql: 'select count(*) from "meta" where "name" in (?, ?)', parameters: ['a', 'b'] })
  await turn()
  expect(posted.map(({ batches, queries }) => [batches.length, queries.length])).toEqual([[1, 0]])

  await release()
  expect(await first).toEqual(COMMITTED)
  expect(posted.map(({ batches, queries }) => [batches.length, queries.length])).toEqual([
    [1, 0],
    [2, 1],
  ])
  await release()
  expect(await Promise.all(later)).toEqual([COMMITTED, COMMITTED])
  // What is read with them is read before them.
  expect(await read).toEqual([[1]])

  const last = engine.batch(note('d'))
  await release()
  expect(await last).toEqual(COMMITTED)
  holds = false
})

it('finishes what waits for the thread before it closes', async () => {
  holds = true
  const all = [engine.batch(note('a'))]
  await turn()
  all.push(engine.batch(note('b')))
  const closed = engine.close()
  await release()
  await release()
  expect(await Promise.all(all)).toEqual([COMMITTED, COMMITTED])
  await closed
})
