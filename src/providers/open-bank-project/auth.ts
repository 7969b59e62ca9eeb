import { hash } from 'node:crypto'
import { GatewayError } from '../../domain/errors.ts'
import type { CallContext } from '../../domain/provider.ts'
import type { Upstream } from '../../upstream/upstream.ts'
import { type Acting, toObpFault } from './faults.ts'
import { parseLogin } from './wire.ts'

export type AuthHeaders = Readonly<Record<string, string>>

/** In whose name a call is made. */
export interface Credential {
  readonly acting: Acting
  /** Equal for equal rights; holds no secret. */
  readonly shareKey: string
  headers(call: CallContext): Promise<AuthHeaders>
  /** Takes note that the server refused these headers. True where `headers` now has others to offer. */
  renew(refused: AuthHeaders): boolean
}

export interface DirectLoginOptions {
  readonly upstream: Upstream
  /** None of the three may hold a comma or a quote: the configuration refuses them. */
  readonly username: string
  readonly password: string
  readonly consumerKey: string
}

/** Servers lock a user after more than 5 bad logins: the same words are not tried again for this long. */
const REFUSED_LOGIN_PAUSE_MS = 5 * 60_000

const toTokenHeaders = (token: string): AuthHeaders => ({ DirectLogin: `token=${token}` })

/** The configured user. One login serves all who wait for it; its token is used until the server refuses it. */
export const createDirectLogin = ({ upstream, username, password, consumerKey }: DirectLoginOptions): Credential => {
  let held: AuthHeaders | null = null
  let refusal: { readonly error: GatewayError; readonly untilMs: number } | null = null

  const logIn = async (call: CallContext): Promise<AuthHeaders> => {
    if (refusal !== null && Date.now() < refusal.untilMs) throw refusal.error
    const response = await upstream.call({
      operation: 'login',
      method: 'POST',
      path: '/my/logins/direct',
      headers: { DirectLogin: `username=${username},password=${password},consumer_key=${consumerKey}` },
      // Tokens made before stay valid, so that a second login changes nothing.
      effect: 'none',
      repeatable: true,
      shareKey: 'login',
      call,
    })
    if (response.status >= 400) {
      const error = toObpFault(response, 'CONFIGURED_USER')
      if (error.code === 'PROVIDER_CREDENTIALS_INVALID') {
        refusal = { error, untilMs: Date.now() + REFUSED_LOGIN_PAUSE_MS }
      }
      throw error
    }
    refusal = null
    return toTokenHeaders(parseLogin(response))
  }

  return {
    acting: 'CONFIGURED_USER',
    shareKey: 'configured',
    headers: async (call) => (held ??= await logIn(call)),
    renew: (refused) => {
      // Somebody else may have logged in again meanwhile.
      if (held?.['DirectLogin'] === refused['DirectLogin']) held = null
      return true
    },
  }
}

const PSU_TOKEN = /^(?:(Bearer|DirectLogin) +)?(?:token=)?"?([\w.~+/=-]+)"?$/i

/** `Bearer <token>`: OAuth 2. `DirectLogin <token>`, or a token alone: DirectLogin. */
export const isPsuToken = (value: string): boolean => PSU_TOKEN.test(value)

/** The PSU's own login. It cannot be renewed here: nobody but the PSU has the password. */
export const toPsuCredential = (userToken: string): Credential => {
  const [, scheme, token] = PSU_TOKEN.exec(userToken) ?? []
  if (token === undefined) throw new GatewayError('INTERNAL', { cause: new Error('not a token of a PSU') })
  const isBearer = scheme?.toLowerCase() === 'bearer'
  const headers: AuthHeaders = isBearer ? { Authorization: `Bearer ${token}` } : toTokenHeaders(token)
  return {
    acting: 'PSU_TOKEN',
    shareKey: `psu:${hash('sha256', userToken, 'base64url')}`,
    headers: () => Promise.resolve(headers),
    renew: () => false,
  }
}
