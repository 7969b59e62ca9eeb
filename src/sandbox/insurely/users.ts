import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Reply } from '../reply.ts'
import { empty, json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { requireBody } from './body.ts'
import { issueSession, requireAnyone, requireApiKey } from './caller.ts'
import { InsurelyRefusal, notFound } from './refusal.ts'
import type { InsurelyState, User } from './state.ts'

const posted = z.object({ externalId: z.string().min(1) })

const findByExternalId = ({ users }: InsurelyState, externalId: string): User | undefined =>
  users.values().find((one) => one.externalId === externalId)

export function createUser(state: InsurelyState, request: SimulatorRequest): Reply {
  requireApiKey(request)
  const { externalId } = requireBody(request, posted)
  const known = findByExternalId(state, externalId)
  if (known) {
    if (state.rules.repeatedExternalId === 200) return json(200, known)
    throw new InsurelyRefusal(409, 'USER_ALREADY_EXISTS', 'There is a user with this externalId')
  }
  const now = state.clock.now()
  const user: User = { userUuid: randomUUID(), externalId, anonymized: false, createdAt: now, updatedAt: now }
  state.users.set(user.userUuid, user)
  state.ledger.record('user.created', { userUuid: user.userUuid })
  return json(201, user)
}

export function findUser(state: InsurelyState, request: SimulatorRequest): Reply {
  requireApiKey(request)
  const user = findByExternalId(state, request.query.get('externalId') ?? '')
  if (!user) throw notFound('The user')
  return json(200, user)
}

/** The user that the path names; one who is anonymized is still a row. */
export function requireNamedUser(state: InsurelyState, { params }: SimulatorRequest): User {
  const user = state.users.get(params['userUuid'] ?? '')
  if (!user) throw notFound('The user')
  return user
}

/** By API key any own user, by session only oneself. */
export function readUser(state: InsurelyState, request: SimulatorRequest): Reply {
  const caller = requireAnyone(state, request)
  const user = requireNamedUser(state, request)
  if (caller !== null && caller.userUuid !== user.userUuid) throw notFound('The user')
  return json(200, user)
}

/** A soft delete. Consents are left as they are: whoever forgets to revoke them leaves them alive at the bank. */
export function anonymizeUser(state: InsurelyState, request: SimulatorRequest): Reply {
  requireApiKey(request)
  const user = requireNamedUser(state, request)
  if (!user.anonymized) {
    state.users.set(user.userUuid, { ...user, externalId: null, anonymized: true, updatedAt: state.clock.now() })
    state.ledger.record('user.anonymized', { userUuid: user.userUuid })
  }
  return empty(204)
}

export function createSession(state: InsurelyState, request: SimulatorRequest): Reply {
  requireApiKey(request)
  const user = requireNamedUser(state, request)
  if (user.anonymized) throw notFound('The user')
  state.ledger.record('session.created', { userUuid: user.userUuid })
  return json(201, { ...issueSession(state, user), userUuid: user.userUuid })
}
