import { invalidInput } from '../domain/errors.ts'
import type { EventCursor } from '../domain/event.ts'

/** Positions of one database: its epoch is in every cursor, so that one from elsewhere is refused and never misread. */
export interface EventCursors {
  write(seq: number): EventCursor
  /** @throws GatewayError INVALID_INPUT for a cursor that this database did not write */
  read(cursor: EventCursor): number
}

export const createEventCursors = (epoch: string): EventCursors => {
  const write = (seq: number): EventCursor => Buffer.from(`${epoch}.${seq}`).toString('base64url') as EventCursor
  return {
    write,
    read: (cursor) => {
      const [, text = ''] = Buffer.from(cursor, 'base64url').toString().split('.')
      const seq = Number(text)
      // Written again, it must be the same: nothing else can have come from here.
      if (Number.isSafeInteger(seq) && write(seq) === cursor) return seq
      throw invalidInput('`after` is not a cursor of this event log. Start again without it.', 'after')
    },
  }
}
