import { createHash, type KeyObject, verify } from 'node:crypto'

/** Who asks, by what a credential alone tells. */
export interface Caller {
  readonly clientId: string | null
  readonly keyHash: string | null
  readonly tokenUserId: string | null
  /** Of a user token; an API key's are the client's. */
  readonly scopes: string | null
}

export const parseSegment = (segment: string): unknown => JSON.parse(Buffer.from(segment, 'base64url').toString())

const readToken = (token: string, publicKey: KeyObject): Caller | null => {
  const [head = '', body = '', signature = ''] = token.split('.')
  const { alg, typ } = parseSegment(head) as { readonly alg: string; readonly typ: string }
  if (alg !== 'EdDSA' || typ !== 'at+jwt') return null
  if (!verify(null, Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, 'base64url'))) return null
  const claims = parseSegment(body) as Readonly<Record<'iss' | 'aud' | 'sub' | 'client_id' | 'scope', string>> & {
    readonly exp: number
  }
  if (claims.iss !== 'consentgraph' || claims.aud !== 'consentgraph' || claims.exp * 1000 <= Date.now()) return null
  return { clientId: claims.client_id, keyHash: null, tokenUserId: claims.sub, scopes: claims.scope }
}

export const readCaller = (authorization: string | undefined, publicKey: KeyObject): Caller | null => {
  const credential = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1]
  if (credential === undefined) return null
  if (credential.includes('.')) return readToken(credential, publicKey)
  const keyHash = createHash('sha256').update(credential).digest('hex')
  return { clientId: null, keyHash, tokenUserId: null, scopes: null }
}
