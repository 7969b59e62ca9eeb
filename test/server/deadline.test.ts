import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createDeadline, type Deadline } from '../../src/graphql/pipeline/deadline.ts'

const TIMEOUT_MS = 50
const never = new Promise<never>(() => {})

/** How long after its beginning it ended, and how. */
const endOf = async (deadline: Deadline, startedAt: number): Promise<number> => {
  await expect(deadline.bound(never)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
  expect(deadline.signal.reason).toMatchObject({ code: 'DEADLINE_EXCEEDED' })
  return performance.now() - startedAt
}

/** Of one length, as those of operations are. */
const begin = async (count: number) => {
  const begun: { readonly deadline: Deadline; readonly startedAt: number }[] = []
  for (let index = 0; index < count; index += 1) {
    begun.push({ startedAt: performance.now(), deadline: createDeadline(TIMEOUT_MS) })
    await setImmediate()
  }
  return begun
}

describe('deadlines of one length', () => {
  it('end in the order in which they began, and none early', async () => {
    const ended: number[] = []
    const begun = await begin(20)
    await Promise.all(
      begun.map(async ({ deadline, startedAt }, index) => {
        expect(await endOf(deadline, startedAt)).toBeGreaterThanOrEqual(TIMEOUT_MS)
        ended.push(index)
      }),
    )
    expect(ended).toEqual(begun.map((_, index) => index))
  })

  it.each([
    ['the first', 0],
    ['one between others', 2],
    ['the last', 4],
  ])('end though %s was over before', async (_, over) => {
    const begun = await begin(5)
    begun[over]?.deadline[Symbol.dispose]()
    begun[over]?.deadline[Symbol.dispose]()
    const others = begun.filter((__, index) => index !== over)
    for (const { deadline, startedAt } of others) {
      expect(await endOf(deadline, startedAt)).toBeGreaterThanOrEqual(TIMEOUT_MS)
    }
    expect(begun[over]?.deadline.signal.aborted).toBe(false)
  })

  it('begin again when all before them are over', async () => {
    for (const { deadline } of await begin(3)) deadline[Symbol.dispose]()
    const [{ deadline, startedAt } = expect.unreachable()] = await begin(1)
    expect(await endOf(deadline, startedAt)).toBeGreaterThanOrEqual(TIMEOUT_MS)
    const [later = expect.unreachable()] = await begin(1)
    expect(await endOf(later.deadline, later.startedAt)).toBeGreaterThanOrEqual(TIMEOUT_MS)
  })
})
