import { GatewayError } from '../domain/errors.ts'

/** What a connector or the store rejected with; anything that is no `GatewayError` is a fault of ours. */
export const toGatewayError = (error: unknown): GatewayError =>
  error instanceof GatewayError ? error : new GatewayError('INTERNAL', { cause: error })
