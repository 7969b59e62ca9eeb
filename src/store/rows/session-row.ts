import type { Selectable } from 'kysely'
import type { AuthSession, PendingEnd, ReturnTo } from '../../domain/auth-session.ts'
import type { Sealer } from '../../domain/sealing.ts'
import type { AuthSessionTable } from '../schema.ts'
import { mapNullable, parseDocument, parseProblem, parseSecrets, parseStep, toDocument } from './document.ts'
import { columnsOf, sealColumn, word, wordOrNull } from './row.ts'

export const SESSION_COLUMNS = columnsOf<AuthSessionTable>({
  id: true,
  client_id: true,
  user_id: true,
  consent_id: true,
  provider: true,
  institution_ref: true,
  status: true,
  version: true,
  frames: true,
  next_step: true,
  problem: true,
  created_at: true,
  updated_at: true,
  expires_at: true,
  return_to: true,
  in_flight: true,
  pending_end: true,
  state: true,
  state_hash: true,
})

export const createSessionRows = (sealer: Sealer) => {
  const state = sealColumn(sealer, 'auth_sessions', 'state')
  const nextStep = sealColumn(sealer, 'auth_sessions', 'next_step')
  return {
    toRow: (session: AuthSession): AuthSessionTable => ({
      id: session.id,
      client_id: session.clientId,
      user_id: session.userId,
      consent_id: session.consentId,
      provider: session.provider,
      institution_ref: session.institutionRef,
      status: session.status,
      version: session.version,
      frames: session.frames,
      next_step: mapNullable(session.nextStep, (step) => nextStep.seal(step, session.id)),
      problem: mapNullable(session.problem, toDocument),
      created_at: session.createdAt.getTime(),
      updated_at: session.updatedAt.getTime(),
      expires_at: session.expiresAt.getTime(),
      return_to: mapNullable(session.returnTo, toDocument),
      in_flight: session.inFlight,
      pending_end: mapNullable(session.pendingEnd, toDocument),
      state: state.seal(session.state, session.id),
      state_hash: session.stateHash,
    }),
    toSession: (row: Selectable<AuthSessionTable>): AuthSession => ({
      id: word(row.id),
      clientId: word(row.client_id),
      userId: word(row.user_id),
      consentId: word(row.consent_id),
      provider: word(row.provider),
      institutionRef: row.institution_ref,
      status: word(row.status),
      version: row.version,
      frames: row.frames,
      nextStep: mapNullable(row.next_step, (sealed) => parseStep(nextStep.open(sealed, row.id))),
      problem: mapNullable(row.problem, parseProblem),
      createdAt: new Date(row.created_at),
      updatedAt: new Date(row.updated_at),
      expiresAt: new Date(row.expires_at),
      returnTo: mapNullable(row.return_to, parseDocument<ReturnTo>),
      inFlight: wordOrNull(row.in_flight),
      pendingEnd: mapNullable(row.pending_end, parseDocument<PendingEnd>),
      // Emptied some time after the session's end.
      state: row.state === '' ? {} : parseSecrets(state.open(row.state, row.id)),
      stateHash: row.state_hash,
    }),
  }
}
