import type { z } from 'zod'
import type { SimulatorRequest } from '../request.ts'
import { badRequest } from './refusal.ts'

/** The JSON body in the form that the endpoint wants. */
export function requireBody<T>(request: SimulatorRequest, form: z.ZodType<T>): T {
  if (!request.headers['content-type']?.startsWith('application/json')) throw badRequest('Send JSON')
  const parsed = form.safeParse(parse(request))
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'the body')
  throw badRequest(`Not valid: ${fields.join(', ')}`, 'VALIDATION_ERROR')
}

function parse(request: SimulatorRequest): unknown {
  try {
    return request.json()
  } catch {
    throw badRequest('Not JSON')
  }
}
