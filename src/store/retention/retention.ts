import type { Retention } from '../../domain/retention.ts'
import type { Engine } from '../engine.ts'
import type { EventCursors } from '../event-cursor.ts'
import { createAgedRetention } from './aged.ts'
import { createEventRetention } from './events.ts'
import { createObservationRetention } from './observations.ts'

export const createRetention = (engine: Engine, cursors: EventCursors): Retention => ({
  ...createAgedRetention(engine),
  events: createEventRetention(engine, cursors),
  observations: createObservationRetention(engine),
})
