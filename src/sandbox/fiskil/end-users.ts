import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Reply } from '../reply.ts'
import { empty, json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { parseBody } from './body.ts'
import { noSuchEndUser, Refusal } from './refusal.ts'
import type { EndUser, FiskilState } from './state.ts'
import { consentsOf, endConsent } from './state.ts'
import { inGeneration, versionOf } from './versions.ts'

const person = z.object({
  email: z.email().optional(),
  name: z.string().optional(),
  phone: z
    .string()
    .regex(/^\+\d{6,15}$/)
    .optional(),
  abn: z.string().optional(),
})

export function createEndUser(state: FiskilState, request: SimulatorRequest): Reply {
  const given = parseBody(request, person)
  const taken = given.email !== undefined && state.endUsers.values().some(({ email }) => email === given.email)
  if (taken && state.rules.uniqueEmails) {
    throw new Refusal(400, 'end_user_already_exists', 'user with that email already exists')
  }
  const endUserId = `eu_${randomBytes(18).toString('hex')}`
  const { email = null, name = null, phone = null, abn = null } = given
  state.endUsers.set(endUserId, { endUserId, email, name, phone, abn })
  state.ledger.record('end-user.created', { endUserId })
  return json(200, { end_user_id: endUserId })
}

export function listEndUsers(state: FiskilState, request: SimulatorRequest): Reply {
  const email = request.query.get('email')
  const found = state.endUsers.values().filter((one) => email === null || one.email === email)
  return json(200, inGeneration(versionOf(state, request), 'end_users', found.map(toEndUserJson)))
}

export function readEndUser(state: FiskilState, request: SimulatorRequest): Reply {
  return json(200, toEndUserJson(requireEndUser(state, request)))
}

export function updateEndUser(state: FiskilState, request: SimulatorRequest): Reply {
  const before = requireEndUser(state, request)
  const given = parseBody(request, person)
  const after: EndUser = {
    ...before,
    email: given.email ?? before.email,
    name: given.name ?? before.name,
    phone: given.phone ?? before.phone,
    abn: given.abn ?? before.abn,
  }
  state.endUsers.set(before.endUserId, after)
  return json(200, toEndUserJson(after))
}

/** Choice: the consents of a deleted end user end with it. */
export function deleteEndUser(state: FiskilState, request: SimulatorRequest): Reply {
  const { endUserId } = requireEndUser(state, request)
  for (const consent of consentsOf(state, endUserId)) endConsent(state, consent, 'consent.revoked')
  state.endUsers.delete(endUserId)
  state.ledger.record('end-user.deleted', { endUserId })
  return empty(204)
}

function requireEndUser(state: FiskilState, request: SimulatorRequest): EndUser {
  const known = state.endUsers.get(request.params['endUserId'] ?? '')
  if (!known) throw noSuchEndUser(404)
  return known
}

const toEndUserJson = ({ endUserId, email, name, phone, abn }: EndUser) => ({
  end_user_id: endUserId,
  email: email ?? '',
  name: name ?? '',
  phone: phone ?? '',
  abn: abn ?? '',
})
