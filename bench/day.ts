import type { LoadRequest } from './load.ts'
import { requestsOf } from './sides.ts'
import { type Seat, type Workload, WORKLOADS } from './workloads.ts'

/** Of 20 requests: a day of apps that mostly show what is stored. Nobody has published a real one; this one is an assumption. */
const OF_TWENTY = {
  '`consent(id)`, from the store': 12,
  '`consent(id)`, live': 3,
  '`user.consents`, four providers': 2,
  'a dashboard': 2,
  '`startAuthorization`': 1,
} as const satisfies Readonly<Record<string, number>>

const titled = (title: string): Workload => {
  const workload = WORKLOADS.find((one) => one.title === title)
  if (workload === undefined) throw new Error(`no workload is called ${title}`)
  return workload
}

/** All kinds spread over the whole, each as evenly as it goes. */
export const spread = <Item>(kinds: readonly (readonly Item[])[]): readonly Item[] =>
  kinds
    .flatMap((items) => items.map((item, index) => ({ item, at: (index + 0.5) / items.length })))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item)

/**
 * What so many callers ask with user tokens, a list of 20 for each, each beginning somewhere else in it. Neighbors ask for other
 * people, or for other consents.
 */
export const askAllDay = (seats: readonly Seat[], callers: number): readonly (readonly LoadRequest[])[] =>
  Array.from({ length: callers }, (_, caller) => {
    const seat = seats[caller % seats.length]
    if (seat === undefined) throw new Error('nobody asks')
    const nth = Math.floor(caller / seats.length)
    const list = spread(
      Object.entries(OF_TWENTY).map(([title, count]) => {
        const all = requestsOf({ workload: titled(title), credential: 'USER_TOKEN' }, 'gateway', seat, '')
        return Array.from({ length: count }, (_, index) => all[(nth * count + index) % all.length]).filter(
          (request) => request !== undefined,
        )
      }),
    )
    const first = caller % list.length
    return [...list.slice(first), ...list.slice(0, first)]
  })
