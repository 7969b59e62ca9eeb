import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { SimulatorRequest } from '../request.ts'
import { badRequest, InsurelyRefusal, unauthorized } from './refusal.ts'
import { INSURELY_SANDBOX_SEED } from './seed.ts'
import type { InsurelyState, User } from './state.ts'

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const sha256 = (value: string): Buffer => createHash('sha256').update(value).digest()

const isEqual = (given: string, wanted: string): boolean => timingSafeEqual(sha256(given), sha256(wanted))

const sign = (signed: string, key: string): string => createHmac('sha256', key).update(signed).digest('base64url')

/** Without the header an older version answers, which has none of these endpoints. */
export function requireVersion({ headers }: SimulatorRequest): void {
  const version = headers['insurely-version']
  if (version === undefined) {
    throw new InsurelyRefusal(404, 'NOT_FOUND', 'The lowest running version has no such endpoint')
  }
  if (version !== INSURELY_SANDBOX_SEED.version) throw badRequest('Unknown API version', 'UNKNOWN_VERSION')
}

/** The customer as a whole: header `authorization-token`. */
export function requireApiKey({ headers }: SimulatorRequest): void {
  const key = headers['authorization-token']
  if (typeof key !== 'string') throw unauthorized('An API key is required here')
  if (!isEqual(key, INSURELY_SANDBOX_SEED.apiKey)) throw unauthorized('The API key is not valid')
}

export function issueSession(state: InsurelyState, { userUuid }: User): { token: string; expiresAt: Date } {
  const issuedAt = Math.floor(state.clock.now().getTime() / 1000)
  const exp = issuedAt + state.rules.sessionSeconds
  const claims = { sub: userUuid, iat: issuedAt, exp, jti: randomUUID() }
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return { token: `${signed}.${sign(signed, state.sessionKey)}`, expiresAt: new Date(exp * 1000) }
}

const claims = z.object({ sub: z.string(), exp: z.number() })

/** One user: `Authorization: Bearer <JWT>`. */
export function requireUser(state: InsurelyState, { headers }: SimulatorRequest): User {
  const token = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(headers.authorization ?? '')
  if (!token) throw unauthorized('A user session is required here')
  const [, header = '', payload = '', signature = ''] = token
  if (!isEqual(signature, sign(`${header}.${payload}`, state.sessionKey)))
    throw unauthorized('The session is not valid')
  const { sub, exp } = claims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
  if (exp * 1000 <= state.clock.now().getTime()) throw unauthorized('The session has expired')
  const user = state.users.get(sub)
  if (!user || user.anonymized) throw unauthorized('The user of this session is gone')
  return user
}

/** Either credential; null stands for the customer as a whole. */
export function requireAnyone(state: InsurelyState, request: SimulatorRequest): User | null {
  if (request.headers.authorization !== undefined) return requireUser(state, request)
  requireApiKey(request)
  return null
}
