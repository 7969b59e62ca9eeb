import { describe, expect, test } from 'vitest'
import { type Flow, flowOf, iterate, type Taker } from '../../src/domain/flow.ts'

/** Takes so many at once, then waits to be asked for more. */
const takerOf = (patience: number) => {
  const taken: unknown[] = []
  const ended = Promise.withResolvers<unknown>()
  let left = patience
  const taker: Taker<unknown> = {
    take: (item) => {
      taken.push(item)
      left -= 1
      return left > 0
    },
    end: ended.resolve,
  }
  return { taker, taken, ended: ended.promise }
}

async function* count(to: number, failure?: Error): AsyncGenerator<number> {
  for (let item = 1; item <= to; item += 1) yield item
  if (failure !== undefined) throw failure
}

/** Gives when it is told to. */
const manual = () => {
  let taker: Taker<number> | null = null
  const asked: string[] = []
  const flow: Flow<number> = {
    start: (given) => {
      asked.push('start')
      taker = given
    },
    more: () => void asked.push('more'),
    stop: () => void asked.push('stop'),
    [Symbol.asyncIterator]() {
      return iterate(this)
    },
  }
  return { flow, asked, give: (item: number) => taker?.take(item), end: (error: unknown) => taker?.end(error) }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('what is iterated, as a flow', () => {
  test('gives all and its end to a taker that takes all', async () => {
    const { taker, taken, ended } = takerOf(Number.POSITIVE_INFINITY)
    flowOf(count(3)).start(taker)
    expect(await ended).toBeNull()
    expect(taken).toEqual([1, 2, 3])
  })

  test('asks for nothing that the taker is not ready for', async () => {
    const { taker, taken, ended } = takerOf(2)
    const flow = flowOf(count(3))
    flow.start(taker)
    await turn()
    expect(taken).toEqual([1, 2])
    flow.more()
    await turn()
    expect(taken).toEqual([1, 2, 3])
    flow.more()
    expect(await ended).toBeNull()
  })

  test('ends with what the source throws', async () => {
    const { taker, ended } = takerOf(9)
    const failure = new Error('the source')
    flowOf(count(1, failure)).start(taker)
    expect(await ended).toBe(failure)
  })

  test('gives nothing, and no end, once it was stopped', async () => {
    const { taker, taken, ended } = takerOf(9)
    const source = Promise.withResolvers<IteratorResult<number>>()
    let returned = false
    const flow = flowOf<number>({
      [Symbol.asyncIterator]: () => ({
        next: () => source.promise,
        return: async () => {
          returned = true
          return { done: true, value: undefined }
        },
      }),
    })
    flow.start(taker)
    flow.stop()
    source.resolve({ done: false, value: 1 })
    await turn()
    expect([taken, returned, await Promise.race([ended, 'still'])]).toEqual([[], true, 'still'])
  })
})

describe('a flow, iterated', () => {
  test('is asked for one item after the other', async () => {
    const { flow, asked, give } = manual()
    const items = iterate(flow)
    const first = items.next()
    expect(give(1)).toBe(false)
    expect(await first).toEqual({ done: false, value: 1 })
    expect(asked).toEqual(['start'])
    const second = items.next()
    expect(asked).toEqual(['start', 'more'])
    give(2)
    expect(await second).toEqual({ done: false, value: 2 })
  })

  test('ends where the flow ends, whether it is waited for or not', async () => {
    const one = manual()
    const waited = iterate(one.flow).next()
    one.end(null)
    expect((await waited).done).toBe(true)

    const two = manual()
    const items = iterate(two.flow)
    const first = items.next()
    two.give(1)
    two.end(new Error('between'))
    await first
    await expect(items.next()).rejects.toThrow('between')
    expect((await items.next()).done).toBe(true)
  })

  test('stops the flow when it is left, and ends what is waited for', async () => {
    const { flow, asked } = manual()
    const items = iterate(flow)
    const waited = items.next()
    await items.return?.()
    expect((await waited).done).toBe(true)
    expect(asked).toEqual(['start', 'stop'])
  })
})
