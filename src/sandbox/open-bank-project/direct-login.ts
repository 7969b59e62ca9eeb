import { randomUUID } from 'node:crypto'
import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { signJwt } from './jwt.ts'
import { ObpRefusal } from './refusal.ts'
import { consumers, users } from './seed.ts'
import type { ObpState, Token } from './state.ts'

const tokenLifeMs = 4 * 7 * 24 * 60 * 60 * 1000
const maxBadLogins = 5
const maxValueLength = 512

/** `POST /my/logins/direct`, no body: the parameters travel in a header. */
export function logIn(state: ObpState, request: SimulatorRequest): Reply {
  const parameters = parseParameters(loginHeader(request))
  const missing = ['username', 'password', 'consumer_key'].filter((name) => !parameters.get(name))
  if (missing.length > 0) {
    throw new ObpRefusal(400, `OBP-20002: These DirectLogin parameters are missing: ${missing.join(', ')}`)
  }
  for (const value of parameters.values()) {
    if (value.length > maxValueLength) throw new ObpRefusal(400, 'OBP-20010: Value too long')
    if (/[^\x20-\x7e]/.test(value)) throw new ObpRefusal(400, 'OBP-20011: Value contains invalid characters')
  }
  const consumer = consumers.find(({ key, isActive }) => isActive && key === parameters.get('consumer_key'))
  if (!consumer) throw new ObpRefusal(401, 'OBP-20008: Invalid or disabled Consumer Key')

  const username = parameters.get('username') ?? ''
  const badLogins = state.badLogins.get(username) ?? 0
  if (badLogins > maxBadLogins) throw new ObpRefusal(401, 'OBP-20013: The account has been locked')
  const user = users.find((candidate) => candidate.username === username)
  if (user?.password !== parameters.get('password') || !user) {
    state.badLogins.set(username, badLogins + 1)
    throw new ObpRefusal(401, 'OBP-20004: Invalid login credentials')
  }
  state.badLogins.delete(username)
  // The body means nothing, and differs each time: tokens issued before stay valid.
  const token = signJwt({ '': randomUUID() }, randomUUID())
  const expiresAt = new Date(state.clock.now().getTime() + tokenLifeMs)
  state.tokens.set(token, { token, userId: user.userId, consumerId: consumer.consumerId, expiresAt })
  state.ledger.record('token.issued', { userId: user.userId, consumerId: consumer.consumerId })
  return json(state.rules.loginStatus, { token })
}

function loginHeader({ headers }: SimulatorRequest): string {
  const own = headers['directlogin']
  if (typeof own === 'string') return own
  const { authorization } = headers
  if (authorization === undefined) throw new ObpRefusal(400, 'OBP-20082: Missing DirectLogin or Authorization header')
  if (!authorization.startsWith('DirectLogin')) {
    throw new ObpRefusal(400, 'OBP-20083: Missing the word DirectLogin in the Authorization header')
  }
  return authorization.slice('DirectLogin'.length)
}

/** `a=1,b="2"`: values may be quoted. */
function parseParameters(header: string): ReadonlyMap<string, string> {
  const pairs = header
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new ObpRefusal(400, 'OBP-20012: Invalid direct login parameters')
      return [
        pair.slice(0, at).trim(),
        pair
          .slice(at + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1'),
      ]
    }),
  )
}

/** The token that a resource call bears in either header; null if it bears none. */
export function presentedToken(state: ObpState, request: SimulatorRequest): Token | null {
  const { authorization } = request.headers
  if (request.headers['directlogin'] === undefined) {
    if (authorization === undefined) return null
    if (!authorization.startsWith('DirectLogin')) {
      throw new ObpRefusal(401, 'OBP-20080: Authorization Header format is not supported at this instance.')
    }
  }
  const presented = parseParameters(loginHeader(request)).get('token') ?? ''
  const token = state.tokens.get(presented)
  if (!token || token.expiresAt <= state.clock.now()) {
    throw new ObpRefusal(
      state.rules.badTokenStatus,
      `OBP-20003: This DirectLogin token is invalid or expired: ${presented}`,
    )
  }
  return token
}
