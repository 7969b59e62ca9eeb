import { decodeJwt, importPKCS8, SignJWT } from 'jose'
import { GatewayError } from '../../domain/errors.ts'
import type { EnableBankingCredential } from './config.ts'

/** `iss` and `aud` of every token: Enable Banking's quick start. Older guides have api.tilisy.com. */
const ISSUER = 'enablebanking.com'
const AUDIENCE = 'api.enablebanking.com'
/** A day is the most that is accepted. */
const LIFETIME_SECONDS = 3_600
/** A token is replaced this long before its end, so that none expires on the way. */
const RENEW_SECONDS = 300
/** Their clock may be behind ours. */
const SKEW_SECONDS = 10

/** The value of the `Authorization` header, in real time. Rejects with PROVIDER_CREDENTIALS_INVALID. */
export type Authorize = () => Promise<string>

const nowSeconds = (): number => Math.floor(Date.now() / 1000)

const refuse = (message: string, cause?: unknown): GatewayError =>
  new GatewayError('PROVIDER_CREDENTIALS_INVALID', { message, cause })

/** In seconds since 1970. */
const endOf = (jwt: string): number => {
  try {
    return decodeJwt(jwt).exp ?? Number.POSITIVE_INFINITY
  } catch {
    // Whoever it is for says whether it is good.
    return Number.POSITIVE_INFINITY
  }
}

const fromReadyJwt = (jwt: string): Authorize => {
  const endsAt = endOf(jwt)
  return () =>
    endsAt > nowSeconds()
      ? Promise.resolve(`Bearer ${jwt}`)
      : Promise.reject(refuse('ENABLE_BANKING_JWT has expired: make a new one, or configure the private key instead.'))
}

const fromKey = ({ applicationId, privateKey }: Extract<EnableBankingCredential, { kind: 'KEY' }>): Authorize => {
  let held: { readonly token: Promise<string>; readonly renewAt: number } | null = null

  const sign = async (now: number): Promise<string> => {
    try {
      const token = await new SignJWT({})
        .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: applicationId })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(now - SKEW_SECONDS)
        .setExpirationTime(now + LIFETIME_SECONDS)
        .sign(await importPKCS8(privateKey, 'RS256'))
      return `Bearer ${token}`
    } catch (cause) {
      throw refuse('The private key of Enable Banking cannot sign: check ENABLE_BANKING_PRIVATE_KEY.', cause)
    }
  }

  return () => {
    const now = nowSeconds()
    // A clock that was set back would otherwise keep a token from the future.
    const usable = held !== null && now < held.renewAt && now >= held.renewAt - LIFETIME_SECONDS
    if (held === null || !usable) held = { token: sign(now), renewAt: now + LIFETIME_SECONDS - RENEW_SECONDS }
    return held.token
  }
}

export const createAuthorize = (credential: EnableBankingCredential): Authorize =>
  credential.kind === 'JWT' ? fromReadyJwt(credential.jwt) : fromKey(credential)
