import type { Sealer } from '../../domain/sealing.ts'
import type { Engine } from '../engine.ts'
import { prepare } from '../prepared.ts'
import { CONSENT_COLUMNS, createConsentRows } from '../rows/consent-row.ts'
import { pick } from '../rows/row.ts'
import { createSessionRows, SESSION_COLUMNS } from '../rows/session-row.ts'
import type { AuthSessionTable, ConsentTable } from '../schema.ts'
import { any, one, type WriteTable } from './write-table.ts'

/** Whose row it is and when it was made never change. */
const FIXED = ['id', 'client_id', 'user_id', 'created_at'] as const
const CONSENT_CHANGES = CONSENT_COLUMNS.filter((column) => ![...FIXED, 'seen_at'].includes(column))
/** Nor does by which callback it is found: to set what an index is of writes the index anew, the same or not. */
const SESSION_CHANGES = SESSION_COLUMNS.filter((column) => ![...FIXED, 'consent_id', 'state_hash'].includes(column))

/** Compare-and-set: of all who read one version, one writes the next. */
interface Succession {
  readonly previous: number
}

const succeed = <Row extends { readonly version: number }>(row: Row): Row & Succession => ({
  ...row,
  previous: row.version - 1,
})

export const createConsentWrites = (
  { sql, sessionStamp }: Engine,
  sealer: Sealer,
): WriteTable<'consent.insert' | 'consent.update' | 'consent.seen' | 'session.insert' | 'session.update'> => {
  const consents = createConsentRows(sealer)
  const sessions = createSessionRows(sealer)

  const insertConsent = prepare((row: ConsentTable) => sql.insertInto('consents').values(pick(row, CONSENT_COLUMNS)))
  const updateConsent = prepare((row: ConsentTable & Succession) =>
    sql
      .updateTable('consents')
      .set(pick(row, CONSENT_CHANGES))
      .where('id', '=', row.id)
      .where('client_id', '=', row.client_id)
      .where('user_id', '=', row.user_id)
      .where('version', '=', row.previous),
  )
  const seeConsent = prepare((seen: { readonly id: string; readonly at: number }) =>
    sql
      .updateTable('consents')
      .set({ seen_at: seen.at })
      .where('id', '=', seen.id)
      .where(({ or, eb }) => or([eb('seen_at', 'is', null), eb('seen_at', '<', seen.at)])),
  )
  const insertSession = prepare((row: AuthSessionTable) =>
    sql.insertInto('auth_sessions').values(pick(row, SESSION_COLUMNS)),
  )
  const updateSession = prepare((row: AuthSessionTable & Succession) =>
    sql
      .updateTable('auth_sessions')
      .set({ ...pick(row, SESSION_CHANGES), ...sessionStamp })
      .where('id', '=', row.id)
      .where('client_id', '=', row.client_id)
      .where('user_id', '=', row.user_id)
      .where('version', '=', row.previous),
  )

  return {
    'consent.insert': ({ consent }) => [one(insertConsent(consents.toRow(consent)))],
    'consent.update': ({ consent }) => [one(updateConsent(succeed(consents.toRow(consent))))],
    'consent.seen': ({ consentId, at }) => [any(seeConsent({ id: consentId, at: at.getTime() }))],
    'session.insert': ({ session }) => [one(insertSession(sessions.toRow(session)))],
    'session.update': ({ session }) => [one(updateSession(succeed(sessions.toRow(session))))],
  }
}
