/** First in, first out. */
export interface Line<Item> {
  length(): number
  push(item: Item): void
  first(): Item | undefined
  shift(): Item | undefined
}

/** So many places may be empty before those behind them move up. */
const MAX_EMPTY = 256

/** Keeps nothing of what has left it, also where it is never empty. */
export const createLine = <Item>(): Line<Item> => {
  let items: (Item | undefined)[] = []
  let next = 0
  return {
    length: () => items.length - next,
    push: (item) => void items.push(item),
    first: () => items[next],
    shift: () => {
      const item = items[next]
      if (next === items.length) return undefined
      items[next] = undefined
      next += 1
      // Each item moves at most as often as another one left: a long line is not copied again and again.
      if (next === items.length || (next > MAX_EMPTY && next * 2 > items.length)) {
        items = items.slice(next)
        next = 0
      }
      return item
    },
  }
}
