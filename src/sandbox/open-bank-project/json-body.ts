import type { SimulatorRequest } from '../request.ts'
import { noSuchRoute } from './refusal.ts'

/** What is no JSON, by its bytes or its content type, matches no route of this server. */
export function requireJson(request: SimulatorRequest): unknown {
  if (!request.headers['content-type']?.startsWith('application/json')) throw noSuchRoute()
  try {
    return request.json()
  } catch {
    throw noSuchRoute()
  }
}
