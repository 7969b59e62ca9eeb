import { GatewayError } from '../../domain/errors.ts'
import type { CallContext } from '../../domain/provider.ts'
import type { Upstream } from '../../upstream/upstream.ts'
import { toFiskilFault } from './faults.ts'
import { parseToken } from './wire.ts'

export interface TokenOptions {
  readonly upstream: Upstream
  readonly clientId: string
  readonly clientSecret: string
  /** Epoch milliseconds. Tokens keep real time. */
  readonly now: () => number
}

export interface TokenSource {
  /** The token in use; else a new one, which one request brings for all who wait. */
  current(call: CallContext): Promise<string>
  /** Asks for a token although there is one. */
  fresh(call: CallContext): Promise<string>
  /** Takes note that the provider refused this token. */
  drop(token: string): void
}

/** Renewed this long before its end, but no more than a tenth of its life. */
const MARGIN_MS = 30_000

const REFUSED = 'Fiskil refuses the client: check FISKIL_CLIENT_ID and FISKIL_CLIENT_SECRET.'

export const createTokenSource = ({ upstream, clientId, clientSecret, now }: TokenOptions): TokenSource => {
  let held: { readonly token: string; readonly until: number } | null = null

  const fresh = async (call: CallContext): Promise<string> => {
    const askedAt = now()
    const response = await upstream.call({
      operation: 'token.create',
      method: 'POST',
      path: '/v1/token',
      json: { client_id: clientId, client_secret: clientSecret },
      // Tokens issued before stay valid.
      effect: 'none',
      repeatable: true,
      shareKey: 'token',
      call,
    })
    if (response.status === 400 || response.status === 401 || response.status === 403) {
      throw new GatewayError('PROVIDER_CREDENTIALS_INVALID', { message: REFUSED, cause: toFiskilFault(response) })
    }
    if (response.status >= 300) throw toFiskilFault(response)
    const { token, expiresInSeconds } = parseToken(response)
    const lifeMs = expiresInSeconds * 1000
    held = { token, until: askedAt + lifeMs - Math.min(MARGIN_MS, lifeMs / 10) }
    return token
  }

  return {
    fresh,
    current: async (call) => (held !== null && now() < held.until ? held.token : await fresh(call)),
    drop: (token) => {
      // Somebody else may have renewed it meanwhile.
      if (held?.token === token) held = null
    },
  }
}
