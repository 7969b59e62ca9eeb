import { constants, createHash, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto'

export type Json = Readonly<Record<string, unknown>>

export const base64url = (value: string | Uint8Array): string => Buffer.from(value).toString('base64url')
export const toSegment = (value: unknown): string => base64url(JSON.stringify(value))

const SIGN: Readonly<Record<string, (text: Buffer, key: KeyObject) => Buffer>> = {
  EdDSA: (text, key) => sign(null, text, key),
  ES256: (text, key) => sign('sha256', text, { key, dsaEncoding: 'ieee-p1363' }),
  RS256: (text, key) => sign('sha256', text, key),
  PS256: (text, key) => sign('sha256', text, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
}

/** By hand: whatever the header says, the signature is made as told. */
export const signToken = (header: Json, claims: unknown, key: KeyObject, algorithm = String(header['alg'])): string => {
  const text = `${toSegment(header)}.${toSegment(claims)}`
  return `${text}.${base64url(SIGN[algorithm]!(Buffer.from(text), key))}`
}

/** Everything it takes to make a token that is let in, so that each bad one has one flaw. */
export interface Signer {
  readonly header: Json
  readonly claims: Json
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export const newKeyPair = (kind: 'EdDSA' | 'ES256' | 'RSA', bits = 2048) => {
  if (kind === 'EdDSA') return generateKeyPairSync('ed25519')
  if (kind === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return generateKeyPairSync('rsa', { modulusLength: bits })
}

export const toJwk = (key: KeyObject, more: Json): JsonWebKey => ({ ...key.export({ format: 'jwk' }), ...more })

const toBase64urlNumber = (value: bigint): string => {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url')
}

export const rsaJwk = (modulus: bigint, exponent: bigint, kid: string): JsonWebKey => ({
  kty: 'RSA',
  kid,
  n: toBase64urlNumber(modulus),
  e: toBase64urlNumber(exponent),
})

export const modulusOf = (key: KeyObject): bigint =>
  BigInt(`0x${Buffer.from(key.export({ format: 'jwk' }).n!, 'base64url').toString('hex')}`)

/** DER of a SHA-256 digest's name and frame: RFC 8017, section 9.2, note 1. */
const SHA256_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex')

/** RS256 without any key: what the exponent 1 makes of a signature is the signature itself. */
export const signWithExponentOne = (header: Json, claims: unknown, modulusBytes: number): string => {
  const text = `${toSegment(header)}.${toSegment(claims)}`
  const digest = Buffer.concat([SHA256_INFO, createHash('sha256').update(text).digest()])
  const padding = Buffer.alloc(modulusBytes - digest.length - 3, 0xff)
  return `${text}.${base64url(Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), digest]))}`
}
