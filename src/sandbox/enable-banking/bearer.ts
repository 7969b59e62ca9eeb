import { verify } from 'node:crypto'
import { z } from 'zod'
import type { SimulatorRequest } from '../request.ts'
import { Refusal } from './refusal.ts'

export interface Application {
  readonly id: string
  readonly name: string
  /** PEM, SPKI. */
  readonly publicKey: string
  readonly active: boolean
}

const maxLifetimeSeconds = 86_400
/** Choice: how far a caller's clock may be ahead of ours. */
const skewSeconds = 60

const tokenHeader = z.object({ typ: z.string().optional(), alg: z.string(), kid: z.string().optional() })
const tokenClaims = z.object({ iss: z.string(), aud: z.string(), iat: z.number(), exp: z.number() })

const unauthorized = (message: string) => new Refusal(401, 'UNAUTHORIZED_ACCESS', message)

/** Checks the caller's JWT. Its times are real, wherever the simulator's clock stands. */
export function authenticate(request: SimulatorRequest, application: Application): void {
  const header = request.headers.authorization
  if (header === undefined) {
    throw new Refusal(401, 'AUTHORIZATION_NOT_PROVIDED', 'Authorization header is not provided')
  }
  const [, head = '', payload = '', signature = ''] = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(header) ?? []
  const { typ, alg, kid } = decode(head, tokenHeader)
  if (typ !== 'JWT') throw unauthorized('JWT token type is not valid')
  if (alg !== 'RS256') throw unauthorized('JWT algorithm is not valid')
  if (kid !== application.id) throw unauthorized('JWT key id is not known')
  const signed = Buffer.from(`${head}.${payload}`)
  if (!verify('sha256', signed, application.publicKey, Buffer.from(signature, 'base64url'))) {
    throw unauthorized('JWT signature is not valid')
  }
  const { iss, aud, iat, exp } = decode(payload, tokenClaims)
  const now = Date.now() / 1000
  if (iss !== 'enablebanking.com') throw unauthorized('JWT issuer is not valid')
  if (aud !== 'api.enablebanking.com') throw unauthorized('JWT audience is not valid')
  if (iat > now + skewSeconds) throw unauthorized('JWT is issued in the future')
  if (exp <= now) throw unauthorized('JWT is expired')
  if (exp - iat > maxLifetimeSeconds) throw unauthorized('JWT lifetime is too long')
  if (!application.active) throw new Refusal(403, 'ACCESS_DENIED', 'Application is not active')
}

function decode<T>(part: string, shape: z.ZodType<T>): T {
  try {
    return shape.parse(JSON.parse(Buffer.from(part, 'base64url').toString('utf8')))
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) throw unauthorized('JWT is not valid')
    throw cause
  }
}
