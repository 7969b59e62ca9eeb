import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { institutionSuffix } from '../institution-flow.ts'
import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { parseBody } from './body.ts'
import { badRequest, noSuchEndUser, tooManyRequests } from './refusal.ts'
import { FISKIL_SANDBOX_SEED, findInstitution, permissions } from './seed.ts'
import type { FiskilState } from './state.ts'

const sessionRequest = z.object({
  end_user_id: z.string(),
  redirect_uri: z.url(),
  cancel_uri: z.url(),
  institution_id: z.string().optional(),
  permissions: z.array(z.enum(permissions)).optional(),
  arrangement_id: z.string().optional(),
})

/** What a client that names no permissions gets, from the console. */
const pinnedPermissions = ['accounts', 'balances', 'transactions']

export function createAuthSession(state: FiskilState, request: SimulatorRequest): Reply {
  const asked = parseBody(request, sessionRequest)
  if (!state.endUsers.get(asked.end_user_id)) throw noSuchEndUser(400)
  if (asked.institution_id !== undefined && !findInstitution(asked.institution_id)) {
    throw badRequest('institution_id is not known')
  }
  const renewed = asked.arrangement_id === undefined ? undefined : state.consents.get(asked.arrangement_id)
  if (asked.arrangement_id !== undefined && !(renewed?.active && renewed.endUserId === asked.end_user_id)) {
    throw badRequest('arrangement_id is not an active consent of this end user')
  }
  if (institutionSuffix(asked.institution_id ?? '') === '429') throw tooManyRequests()

  const { sessionSeconds, sessionExpiryForm, slowDelayMs } = state.rules
  const sessionId = randomUUID()
  const expiresAt = new Date(state.clock.now().getTime() + sessionSeconds * 1000)
  const institutionId = renewed?.institutionId ?? asked.institution_id ?? null
  state.sessions.set(sessionId, {
    sessionId,
    endUserId: asked.end_user_id,
    redirectUri: asked.redirect_uri,
    cancelUri: asked.cancel_uri,
    institutionId,
    permissions: renewed?.permissions ?? asked.permissions ?? pinnedPermissions,
    arrangementId: renewed?.arrangementId ?? null,
    expiresAt,
    ended: false,
  })
  state.ledger.record('session.created', { sessionId, endUserId: asked.end_user_id })
  const reply = json(200, {
    id: FISKIL_SANDBOX_SEED.clientId,
    session_id: sessionId,
    auth_url: `${request.origin}/auth?sess_id=${sessionId}`,
    expires_at: sessionExpiryForm === 'date-time' ? expiresAt.toISOString() : Math.floor(expiresAt.getTime() / 1000),
  })
  return institutionSuffix(institutionId ?? '') === 'slow' ? { ...reply, delayMs: slowDelayMs } : reply
}
