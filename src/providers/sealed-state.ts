import type { z } from 'zod'
import type { Secrets } from '../domain/consent.ts'
import { GatewayError } from '../domain/errors.ts'

/**
 * What a connector once gave to be sealed, as it reads it back.
 *
 * @throws GatewayError INTERNAL for what this connector did not write; its cause names the fields, never their values
 */
export const openState = <T>(schema: z.ZodType<T>, sealed: Secrets): T => {
  const parsed = schema.safeParse(sealed)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path }) => path.join('.')).join(', ')
  throw new GatewayError('INTERNAL', { cause: new Error(`sealed state of another shape: ${fields}`) })
}
