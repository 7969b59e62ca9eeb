import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EventCursor } from '../../src/domain/event.ts'
import type { EventSelection, Store } from '../../src/domain/store.ts'
import { openEmbeddedEngine } from '../../src/store/embedded/engine.ts'
import type { Engine } from '../../src/store/engine.ts'
import { createStore } from '../../src/store/store.ts'
import { sealer, temporaryDirectory, type TemporaryDirectory } from './directory.ts'
import { at, newEvent, put, settleConsent } from './entities.ts'

let directory: TemporaryDirectory
let engine: Engine
let store: Store
/** Runs between any two statements of the store. */
let between: () => Promise<unknown> = () => Promise.resolve()

beforeEach(async () => {
  directory = await temporaryDirectory()
  engine = await openEmbeddedEngine({ directory: directory.path, lockWaitMs: 0 })
  const hooked: Engine = {
    ...engine,
    query: async (statement) => {
      const rows = await engine.query(statement)
      const hook = between
      between = () => Promise.resolve()
      await hook()
      between = hook
      return rows
    },
  }
  store = await createStore(hooked, sealer)
})
afterEach(async () => {
  await engine.close()
  await directory[Symbol.asyncDispose]()
})

/** Of a reader that finds all, and of one that finds nothing. */
const SELECTIONS: readonly (readonly [string, EventSelection])[] = [
  ['everything', {}],
  ['nothing', { provider: ['INSURELY'] }],
]

test.each(SELECTIONS)(
  'whatever is removed between two statements of a reader of %s, it has all or hears that it has not',
  async (_, selection) => {
    const { consent } = await settleConsent(store)
    const start = await store.events.head()
    const events = Array.from({ length: 12 }, () => newEvent(consent))
    await put(store, ...events.map((event) => ({ kind: 'event.append', event }) as const))
    const { rows } = await store.events.page('SYSTEM', {}, 100, start)
    const cursors: readonly EventCursor[] = [start, ...rows.map(({ cursor }) => cursor)]
    let heard = 0
    for (const [place, cursor] of cursors.entries()) {
      between = () => store.retention.events(at(1), 2)
      const page = await store.events.page('SYSTEM', selection, 100, cursor).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'CURSOR_EXPIRED' })
        heard += 1
        return null
      })
      between = () => Promise.resolve()
      if (page === null) continue
      const expected = selection.provider === undefined ? events.slice(place) : []
      expect(page.rows.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
    }
    // At least the readers of what was gone before they began.
    expect(heard).toBeGreaterThan(0)
  },
)
