import { createHmac, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { parseBody } from './body.ts'
import { unauthorized } from './refusal.ts'
import { FISKIL_SANDBOX_SEED } from './seed.ts'
import type { FiskilState } from './state.ts'

const credentials = z.object({ client_id: z.string(), client_secret: z.string() })

export function issueToken(state: FiskilState, request: SimulatorRequest): Reply {
  const { clientId, clientSecret } = FISKIL_SANDBOX_SEED
  const given = parseBody(request, credentials)
  if (given.client_id !== clientId || given.client_secret !== clientSecret) throw unauthorized()
  const { tokenField, tokenSeconds } = state.rules
  const now = state.clock.now()
  for (const old of state.tokens.values()) if (old.expiresAt <= now) state.tokens.delete(old.token)
  const expiresAt = new Date(now.getTime() + tokenSeconds * 1000)
  const token = toJwt({
    org_id: 'sandbox-org',
    key_id: clientId,
    scope: 'api:banking api:user.read api:user.write',
    iat: Math.floor(now.getTime() / 1000),
    exp: Math.floor(expiresAt.getTime() / 1000),
    jti: randomUUID(),
  })
  state.tokens.set(token, { token, expiresAt })
  state.ledger.record('token.issued', { clientId })
  return json(200, { [tokenField]: token, expires_in: tokenSeconds, token_type: 'Bearer' })
}

/** The form of a JWT; the server knows its tokens by heart. */
function toJwt(claims: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', randomUUID()).update(signed).digest('base64url')}`
}

export function requireToken(state: FiskilState, request: SimulatorRequest): void {
  const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const known = given === undefined ? undefined : state.tokens.get(given)
  if (!known || known.expiresAt <= state.clock.now()) throw unauthorized()
}
