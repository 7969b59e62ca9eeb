/** Takes what a flow gives. */
export interface Taker<Item> {
  /**
   * Must not throw.
   *
   * @returns whether another may follow at once; where not, `Flow.more` asks for it
   */
  take(item: Item): boolean
  /** Nothing follows. Must not throw. `error`: null where the flow ended by itself. */
  end(error: unknown): void
}

/**
 * Items as they come, handed to one taker by plain calls: with ten thousand takers of one event, a promise for each costs more
 * than all else.
 */
export interface Flow<Item> extends AsyncIterable<Item> {
  /** Once. Nothing is given before. */
  start(taker: Taker<Item>): void
  /** The taker, which was not ready for another, now is. */
  more(): void
  /** Nothing is given after it, and no end is told. */
  stop(): void
}

const DONE = { done: true, value: undefined } as const

/** For whoever asks for one item after the other: none is taken before it is asked for. */
export const iterate = <Item>(flow: Flow<Item>): AsyncIterableIterator<Item, undefined, undefined> => {
  let asked: PromiseWithResolvers<IteratorResult<Item, undefined>> | null = null
  let started = false
  let ended = false
  let failure: { readonly error: unknown } | null = null
  const taker: Taker<Item> = {
    take: (value) => {
      asked?.resolve({ done: false, value })
      asked = null
      return false
    },
    end: (error) => {
      ended = true
      if (error === null) asked?.resolve(DONE)
      else if (asked === null) failure = { error }
      else asked.reject(error)
      asked = null
    },
  }
  const next = async (): Promise<IteratorResult<Item, undefined>> => {
    if (failure !== null) {
      const { error } = failure
      failure = null
      throw error
    }
    if (ended) return DONE
    const waiting = Promise.withResolvers<IteratorResult<Item, undefined>>()
    asked = waiting
    if (started) flow.more()
    else {
      started = true
      flow.start(taker)
    }
    return await waiting.promise
  }
  return {
    next,
    return: () => {
      ended = true
      flow.stop()
      asked?.resolve(DONE)
      asked = null
      return Promise.resolve(DONE)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

export const isFlow = (items: AsyncIterable<unknown>): items is Flow<unknown> => 'start' in items

/** What comes by iteration, as a flow: the next is asked for when the taker is ready. */
export const flowOf = <Item>(items: AsyncIterable<Item>): Flow<Item> => {
  const iterator = items[Symbol.asyncIterator]()
  let taker: Taker<Item> | null = null
  const pull = (): void => {
    iterator.next().then(
      (next) => {
        if (taker === null) return
        if (next.done === true) taker.end(null)
        else if (taker.take(next.value)) pull()
      },
      (error: unknown) => taker?.end(error),
    )
  }
  return {
    start: (given) => {
      taker = given
      pull()
    },
    more: pull,
    stop: () => {
      taker = null
      // What its end throws is nobody's any more.
      iterator.return?.().catch(() => {})
    },
    [Symbol.asyncIterator]() {
      return iterate(this)
    },
  }
}
