import { z } from 'zod'
import type { SimulatorRequest } from '../request.ts'
import { badRequest } from './refusal.ts'

/** Undocumented members are ignored, as Go servers do. */
export function parseBody<T>(request: SimulatorRequest, shape: z.ZodType<T>): T {
  if (!request.headers['content-type']?.startsWith('application/json')) throw badRequest('the body is not JSON')
  try {
    return shape.parse(request.json())
  } catch (error) {
    if (error instanceof SyntaxError) throw badRequest('the body is not JSON')
    if (error instanceof z.ZodError)
      throw badRequest(error.issues.map(({ path }) => `${path.join('.')} is missing or wrong`).join('; '))
    throw error
  }
}
