import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

const view = z.object({ bank_id: z.string(), account_id: z.string(), view_id: z.string() })
const entitlement = z.object({ bank_id: z.string(), role_name: z.string() })

const consentClaims = z.object({
  createdByUserId: z.string(),
  sub: z.string(),
  iss: z.string(),
  aud: z.string(),
  jti: z.string(),
  iat: z.number(),
  nbf: z.number(),
  exp: z.number(),
  name: z.string(),
  email: z.string(),
  entitlements: z.array(entitlement),
  views: z.array(view),
})

export type ViewGrant = Readonly<z.infer<typeof view>>
/** Instants in seconds. */
export type ConsentClaims = Readonly<z.infer<typeof consentClaims>>

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const sign = (content: string, secret: string) => createHmac('sha256', secret).update(content).digest('base64url')

export function signJwt(claims: Readonly<Record<string, unknown>> | ConsentClaims, secret: string): string {
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${content}.${sign(content, secret)}`
}

/** Null for what is not a consent's JWT at all; the signature is not looked at. */
export function parseConsentJwt(jwt: string): ConsentClaims | null {
  const [, payload, signature] = jwt.split('.')
  if (payload === undefined || signature === undefined) return null
  try {
    return consentClaims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
  } catch {
    // Whatever it was, it names no consent.
    return null
  }
}

export function isSigned(jwt: string, secret: string): boolean {
  const end = jwt.lastIndexOf('.')
  const expected = Buffer.from(sign(jwt.slice(0, end), secret))
  const actual = Buffer.from(jwt.slice(end + 1))
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}
