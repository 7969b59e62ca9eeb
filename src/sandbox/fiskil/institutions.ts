import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { badRequest, Refusal } from './refusal.ts'
import type { Institution } from './seed.ts'
import { findInstitution, institutions } from './seed.ts'
import type { FiskilState } from './state.ts'
import { inGeneration, versionOf } from './versions.ts'

/** No token; `client_id` is required. */
export function listInstitutions(state: FiskilState, request: SimulatorRequest): Reply {
  if (!request.query.get('client_id')) throw badRequest('client_id is required')
  const industry = request.query.get('industry')
  const found = institutions.filter((one) => industry === null || one.industry === industry)
  return json(200, inGeneration(versionOf(state, request), 'institutions', found.map(toInstitutionJson)))
}

export function readInstitution(request: SimulatorRequest): Reply {
  const found = findInstitution(request.params['institutionId'] ?? '')
  if (!found) throw new Refusal(404, 'not_found', 'institution not found')
  return json(200, toInstitutionJson(found))
}

const toInstitutionJson = ({ id, name, industry, connections }: Institution) => ({
  id,
  name,
  icon: '',
  logo: '',
  industry,
  is_accessible: true,
  priority: 1,
  status: { connections: { status: connections } },
})
