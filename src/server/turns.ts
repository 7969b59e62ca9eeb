import { createLine } from './line.ts'

/** Something to be done for one connection. Neither may throw. */
export interface Offer {
  readonly connection: object
  begin(): void
  /** Says that it may come again after `retryAfterMs`, or later. */
  refuse(): void
}

/** Work for the event loop, of which no more begins in one turn than there is time for. */
export interface Turns {
  /** Begins it now or in a later turn, or refuses it; what came first begins first. */
  offer(offer: Offer): void
}

export interface TurnsOptions {
  /** What comes while something has waited longer than this is refused: at least TURN_MS, or each full turn is too long. 0: it may wait for as long as it takes. */
  readonly maxWaitMs: number
  /** So many may be in line in any case: they wait for other reasons, such as a machine that is busy with something else. */
  readonly leastInLine: number
  /** The least time that what is refused is told to wait. */
  readonly retryAfterMs: number
  /** Monotonic milliseconds. Default: those of the process. */
  readonly now?: () => number
}

/**
 * In a turn that takes longer, others wait: the loop takes no more than one new connection of each listener in a turn, and timers
 * and probes of health have theirs between two. What begins in one turn shares what it needs, such as a commit or a look at the store: with
 * a quarter of this an eighth of the answers is lost.
 */
export const TURN_MS = 20
const MOST = 64
/** However late the loop is for other reasons, such as many subscribers of one event. */
const LEAST = 8

interface Waiting {
  readonly offer: Offer
  readonly since: number
}

/** Of a connection that was refused. */
interface Refused {
  at: number
  /** One is held back. More of them would be more memory for whoever sends without waiting for answers. */
  holds: boolean
}

/**
 * A turn of the loop reads from every connection that has something to read, and would begin all of it. Here as much begins as
 * turns of late had time for. The rest waits in line; where the line is too long, it is refused.
 *
 * To refuse takes time, too, so that crowds who come again at once would leave no time for answers. Whoever
 * does is held back: it begins when nobody is in line, or else is refused once the time that it was told has passed. What it sends
 * behind that, without waiting for the answer, is refused at once.
 */
export const createTurns = (options: TurnsOptions): Turns => {
  const { maxWaitMs, leastInLine, retryAfterMs, now: time = () => performance.now() } = options
  const line = createLine<Waiting>()
  const held = createLine<Waiting>()
  const refused = new WeakMap<object, Refused>()
  /** What may begin in one turn. */
  let room = MOST
  let begun = 0
  /** When the turn began; null where the loop may have slept since. */
  let turnedAt: number | null = null
  let turning = false

  const begin = ({ begin: work }: Offer): void => {
    begun += 1
    work()
  }

  const refuse = ({ connection, refuse: tell }: Offer, now: number): void => {
    const known = refused.get(connection)
    if (known === undefined) refused.set(connection, { at: now, holds: false })
    else known.at = now
    tell()
  }

  /** Of those held back, the first. */
  const release = (): Waiting | undefined => {
    const next = held.shift()
    const known = next && refused.get(next.offer.connection)
    if (known !== undefined) known.holds = false
    return next
  }

  const holdOrRefuse = (offer: Offer, now: number): void => {
    const known = refused.get(offer.connection)
    if (known === undefined || known.holds || now - known.at >= retryAfterMs) return refuse(offer, now)
    known.holds = true
    held.push({ offer, since: now })
  }

  const turn = (): void => {
    const now = time()
    // Where fewer began than might have, they are not what took the time.
    if (turnedAt !== null && begun >= room) {
      room = now - turnedAt > TURN_MS ? Math.max(LEAST, Math.floor(room / 2)) : Math.min(MOST, room + 1)
    }
    const wasIdle = begun === 0
    begun = 0
    for (let left = room; left > 0; left -= 1) {
      const next = line.shift() ?? release()
      if (next === undefined) break
      begin(next.offer)
    }
    for (let next = held.first(); next !== undefined && now - next.since >= retryAfterMs; next = held.first()) {
      release()
      refuse(next.offer, now)
    }
    turning = !wasIdle || begun > 0
    turnedAt = turning ? now : null
    if (turning) setImmediate(turn)
  }

  return {
    offer: (offer) => {
      if (!turning) {
        turning = true
        setImmediate(turn)
      }
      const first = line.first()
      if (first === undefined && begun < room) return begin(offer)
      const now = time()
      const isShort = maxWaitMs === 0 || line.length() < leastInLine
      if (first === undefined || isShort || now - first.since <= maxWaitMs) line.push({ offer, since: now })
      else holdOrRefuse(offer, now)
    },
  }
}
