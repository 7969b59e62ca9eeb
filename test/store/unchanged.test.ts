import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createUnchanged } from '../../src/store/unchanged.ts'

/** An engine whose value is the number of its commits, and reads of it that end when they are told to. */
const openCounting = () => {
  let commits = 0
  let told = true
  const reads: (() => void)[] = []
  const unchanged = createUnchanged<number>({ state: () => (told ? commits : null) }, 10)
  return {
    commit: () => (commits += 1),
    commits: () => commits,
    tell: (can: boolean) => (told = can),
    /** What is asked of a key now, and whether that took a read. */
    ask: (key: string) => {
      const before = reads.length
      const value = unchanged.read(key, () => {
        const { promise, resolve } = Promise.withResolvers<number>()
        reads.push(() => resolve(commits))
        return promise
      })
      return { value, isRead: reads.length > before }
    },
    /** Each sees what is committed when it ends, as a read by another thread does. */
    endRead: (index: number) => reads[index]?.(),
    endReads: () => reads.forEach((end) => end()),
  }
}

describe('what is kept while nothing is committed', () => {
  test('is not what was read across a commit, once that has been noticed', async () => {
    const { commit, ask, endRead } = openCounting()
    const slow = ask('key')
    endRead(0)
    // The read has its value of before the commit, and whoever asked has not gone on yet.
    commit()
    const other = ask('other')
    endRead(1)
    expect(await Promise.all([slow.value, other.value])).toEqual([0, 1])
    const again = ask('key')
    expect(again.isRead).toBe(true)
    endRead(2)
    expect(await again.value).toBe(1)
  })

  test('is nothing where the engine cannot tell, and what it was where it can again', async () => {
    const { ask, tell, endReads } = openCounting()
    const first = ask('key')
    endReads()
    expect(await first.value).toBe(0)
    tell(false)
    const untold = ask('key')
    expect(untold.isRead).toBe(true)
    endReads()
    await untold.value
    tell(true)
    expect(ask('key').isRead).toBe(false)
  })

  test('is never older than the moment in which it was asked for, whatever comes between', async () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ does: fc.constant('ask' as const), key: fc.constantFrom('a', 'b', 'c') }),
        fc.record({ does: fc.constant('commit' as const) }),
        fc.record({ does: fc.constant('end' as const), read: fc.nat(20) }),
        fc.record({ does: fc.constant('tell' as const), can: fc.boolean() }),
        fc.record({ does: fc.constant('turn' as const) }),
      ),
      { maxLength: 60 },
    )
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const { commit, commits, tell, ask, endRead, endReads } = openCounting()
        const asked: Promise<void>[] = []
        for (const step of taken) {
          if (step.does === 'commit') commit()
          else if (step.does === 'end') endRead(step.read)
          else if (step.does === 'tell') tell(step.can)
          else if (step.does === 'turn') await new Promise(setImmediate)
          else {
            const least = commits()
            asked.push(ask(step.key).value.then((value) => expect(value).toBeGreaterThanOrEqual(least)))
          }
        }
        endReads()
        await Promise.all(asked)
      }),
      { numRuns: 1_000 },
    )
  })
})
