import { invalidInput } from '../domain/errors.ts'
import type { EventCursor } from '../domain/event.ts'

/** The values of the columns that events are ordered by. */
export type EventPosition = readonly number[]

/** Positions of one database: its epoch is in every cursor, so that one from elsewhere is refused and never misread. */
export interface EventCursors {
  /** Before every event. */
  readonly start: EventPosition
  write(position: EventPosition): EventCursor
  /** Did this database write it? */
  isOwn(cursor: string): boolean
  /** @throws GatewayError INVALID_INPUT for a cursor that this database did not write */
  read(cursor: EventCursor): EventPosition
  /** Negative, zero or positive. */
  compare(a: EventPosition, b: EventPosition): number
}

/** Of the embedded engine, from where the log was moved: its events come before all that were written since. */
const padded = (position: EventPosition, columns: number): EventPosition => [
  ...Array.from({ length: columns - position.length }, () => 0),
  ...position,
]

/** What a cursor says, whichever database wrote it; null for what no database did. */
export const positionIn = (cursor: string, columns: number): EventPosition | null => {
  const [, ...texts] = Buffer.from(cursor, 'base64url').toString().split('.')
  const position = texts.map(Number)
  const fits = position.length === columns || position.length === 1
  return fits && position.every(Number.isSafeInteger) ? padded(position, columns) : null
}

/** @param columns how many numbers a position has */
export const createEventCursors = (epoch: string, columns: number): EventCursors => {
  const write = (position: EventPosition): EventCursor =>
    Buffer.from([epoch, ...position].join('.')).toString('base64url') as EventCursor
  const own = (cursor: string): EventPosition | null => {
    const position = positionIn(cursor, columns)
    // Written again, it must be the same: nothing else can have come from here.
    const isOwn = position !== null && (write(position) === cursor || write(position.slice(-1)) === cursor)
    return isOwn ? position : null
  }
  return {
    start: Array.from({ length: columns }, () => 0),
    write,
    isOwn: (cursor) => own(cursor) !== null,
    read: (cursor) => {
      const position = own(cursor)
      if (position !== null) return position
      throw invalidInput('`after` is not a cursor of this event log. Start again without it.', 'after')
    },
    compare: (a, b) => a.map((value, index) => value - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0,
  }
}
