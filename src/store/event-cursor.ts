import { invalidInput } from '../domain/errors.ts'
import type { EventCursor } from '../domain/event.ts'

/** The values of the columns that events are ordered by. */
export type EventPosition = readonly number[]

/** Positions of one database: its epoch is in every cursor, so that one from elsewhere is refused and never misread. */
export interface EventCursors {
  /** Before every event. */
  readonly start: EventPosition
  write(position: EventPosition): EventCursor
  /** @throws GatewayError INVALID_INPUT for a cursor that this database did not write */
  read(cursor: EventCursor): EventPosition
  /** Negative, zero or positive. */
  compare(a: EventPosition, b: EventPosition): number
}

/** @param columns how many numbers a position has */
export const createEventCursors = (epoch: string, columns: number): EventCursors => {
  const write = (position: EventPosition): EventCursor =>
    Buffer.from([epoch, ...position].join('.')).toString('base64url') as EventCursor
  return {
    start: Array.from({ length: columns }, () => 0),
    write,
    read: (cursor) => {
      const [, ...texts] = Buffer.from(cursor, 'base64url').toString().split('.')
      const position = texts.map(Number)
      // Written again, it must be the same: nothing else can have come from here.
      const fits = position.length === columns || position.length === 1
      if (fits && position.every(Number.isSafeInteger) && write(position) === cursor) {
        // Of the embedded engine, from where the log was moved: its events come before all that were written since.
        return [...Array.from({ length: columns - position.length }, () => 0), ...position]
      }
      throw invalidInput('`after` is not a cursor of this event log. Start again without it.', 'after')
    },
    compare: (a, b) => a.map((value, index) => value - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0,
  }
}
