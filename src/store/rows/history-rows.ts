import type { Selectable } from 'kysely'
import type { EventCursor, ConsentEvent, NewConsentEvent } from '../../domain/event.ts'
import type { Observation, StoredObservation } from '../../domain/store.ts'
import type { EventTable, ObservationTable } from '../schema.ts'
import { parseEventBody, toDocument } from './document.ts'
import { columnsOf, word, wordOrNull } from './row.ts'

export const OBSERVATION_COLUMNS = columnsOf<ObservationTable>({
  position: true,
  consent_id: true,
  at: true,
  source: true,
  provider_raw: true,
  from_status: true,
  to_status: true,
  applied: true,
  rule: true,
  repeated: true,
})

export type NewObservationRow = Omit<ObservationTable, 'position' | 'repeated'>

export const toObservationRow = (observation: Observation): NewObservationRow => ({
  consent_id: observation.consentId,
  at: observation.at.getTime(),
  source: observation.source,
  provider_raw: observation.providerRaw,
  from_status: observation.from,
  to_status: observation.to,
  applied: observation.applied ? 1 : 0,
  rule: observation.rule,
})

export const toObservation = (row: Selectable<ObservationTable>): StoredObservation => ({
  consentId: word(row.consent_id),
  at: new Date(row.at),
  source: word(row.source),
  providerRaw: row.provider_raw,
  from: wordOrNull(row.from_status),
  to: wordOrNull(row.to_status),
  applied: row.applied === 1,
  rule: word(row.rule),
  position: row.position,
  repeated: row.repeated,
})

export type NewEventRow = Omit<EventTable, 'seq'>

/** Without its position, whose columns the engine names. */
export const EVENT_COLUMNS = columnsOf<NewEventRow>({
  id: true,
  at: true,
  client_id: true,
  user_id: true,
  consent_id: true,
  provider: true,
  consent_version: true,
  type: true,
  body: true,
})

export const toEventRow = (event: NewConsentEvent): NewEventRow => ({
  id: event.id,
  at: event.at.getTime(),
  client_id: event.clientId,
  user_id: event.userId,
  consent_id: event.consentId,
  provider: event.provider,
  consent_version: event.consentVersion,
  type: event.body.type,
  body: toDocument(event.body),
})

export const toEvent = (row: NewEventRow, cursor: EventCursor): ConsentEvent => ({
  id: word(row.id),
  at: new Date(row.at),
  clientId: word(row.client_id),
  userId: word(row.user_id),
  consentId: word(row.consent_id),
  provider: word(row.provider),
  consentVersion: row.consent_version,
  body: parseEventBody(row.body),
  cursor,
})
