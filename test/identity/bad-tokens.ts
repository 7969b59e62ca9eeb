import { createHmac } from 'node:crypto'
import { base64url, type Json, newKeyPair, type Signer, signToken, toJwk, toSegment } from './signing.ts'

/** The order of the base point of P-256 and of Ed25519. */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

const bytes32 = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')

export interface BadToken {
  readonly flaw: string
  readonly token: string
}

const withSignature = (token: string, signature: Uint8Array | string): string => {
  const [header, claims] = token.split('.')
  return `${header}.${claims}.${typeof signature === 'string' ? signature : base64url(signature)}`
}

/** The next letter whose bits beyond the last byte are set, so that lax readers take it for the same. */
const respell = (token: string): string => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return token.slice(0, -1) + letters[letters.indexOf(token.at(-1)!) + 1]!
}

const forgedSignatures = (token: string, algorithm: string): readonly BadToken[] => {
  const size = Buffer.from(token.split('.')[2]!, 'base64url').length
  const flawed: [string, Uint8Array | string][] = [
    ['a signature of zeros', Buffer.alloc(size)],
    ['a signature of ones', Buffer.alloc(size, 0xff)],
    ['a signature that is cut', Buffer.from(token.split('.')[2]!, 'base64url').subarray(0, -1)],
    ['a signature with a byte more', Buffer.concat([Buffer.from(token.split('.')[2]!, 'base64url'), Buffer.alloc(1)])],
    ['a signature of one byte', Buffer.alloc(1)],
  ]
  if (algorithm === 'ES256') {
    const pair = (r: bigint, s: bigint): Buffer => Buffer.concat([bytes32(r), bytes32(s)])
    flawed.push(
      // CVE-2022-21449.
      ['r and s of zero', pair(0n, 0n)],
      ['r of zero', pair(0n, 1n)],
      ['s of zero', pair(1n, 0n)],
      ['r and s of the order', pair(P256_ORDER, P256_ORDER)],
      ['r and s of the order less one', pair(P256_ORDER - 1n, P256_ORDER - 1n)],
      ['r and s of one', pair(1n, 1n)],
      ['a signature in DER', Buffer.from('3006020101020101', 'hex')],
    )
  }
  if (algorithm === 'EdDSA') {
    const raw = Buffer.from(token.split('.')[2]!, 'base64url')
    const s = BigInt(`0x${Buffer.from(raw.subarray(32)).reverse().toString('hex')}`)
    // RFC 8032, 5.1.7: another signature of the same text, which must not pass.
    flawed.push(['s beyond the order', Buffer.concat([raw.subarray(0, 32), bytes32(s + ED25519_ORDER).reverse()])])
  }
  return flawed.map(([flaw, signature]) => ({ flaw, token: withSignature(token, signature) }))
}

/** An HMAC whose key is what everybody can see, in each way that it may be written. */
const confusedAlgorithms = ({ header, claims, publicKey }: Signer): readonly BadToken[] => {
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const der = publicKey.export({ type: 'spki', format: 'der' })
  const secrets: Readonly<Record<string, string | Buffer>> = {
    PEM: pem,
    'PEM without its end': pem.trim(),
    DER: der,
    'last 32 bytes': der.subarray(-32),
    JWK: JSON.stringify(publicKey.export({ format: 'jwk' })),
    'empty text': '',
  }
  return Object.entries(secrets).flatMap(([name, secret]) =>
    (['256', '384', '512'] as const).map((size) => {
      const text = `${toSegment({ ...header, alg: `HS${size}` })}.${toSegment(claims)}`
      const mac = createHmac(`sha${size}`, secret).update(text).digest('base64url')
      return { flaw: `an HS${size} by the public key (${name})`, token: `${text}.${mac}` }
    }),
  )
}

const changedHeaders = ({ header, claims, privateKey }: Signer): readonly BadToken[] => {
  const stranger = newKeyPair('EdDSA')
  const jwk = toJwk(stranger.publicKey, { kid: header['kid'] })
  const own = String(header['alg'])
  const flawed: [string, Json][] = [
    ...['none', 'None', 'NONE', '', 'HS256', 'ES384', 'ES256K', 'RS1', 'RSA-OAEP', 'dir'].map((alg): [string, Json] => [
      `alg ${alg}`,
      { alg },
    ]),
    ...[
      undefined,
      null,
      '',
      7,
      ['a'],
      'another',
      '../../etc/passwd',
      "' or 1=1 --",
      '__proto__',
      'constructor',
      'k'.repeat(300),
    ].map((kid): [string, Json] => [`kid ${JSON.stringify(kid)?.slice(0, 20)}`, { kid }]),
    ...['logout+jwt', 'secevent+jwt', 'dpop+jwt', 'JOSE', 7, { a: 1 }].map((typ): [string, Json] => [
      `typ ${JSON.stringify(typ)}`,
      { typ },
    ]),
    ['a critical extension', { crit: ['exp'], exp: 1 }],
    ['an unknown critical extension', { crit: ['http://example.com/x'], 'http://example.com/x': true }],
    ['an empty list of critical extensions', { crit: [] }],
    ['claims that are not encoded', { crit: ['b64'], b64: false }],
  ]
  return [
    ...flawed.map(([flaw, change]) => ({ flaw, token: signToken({ ...header, ...change }, claims, privateKey, own) })),
    ...['jwk', 'jku', 'x5u', 'x5c'].map((name) => ({
      flaw: `a key of its own in ${name}`,
      token: signToken(
        {
          ...header,
          alg: 'EdDSA',
          [name]: name === 'jwk' ? jwk : name === 'x5c' ? ['AAAA'] : 'http://127.0.0.1:1/keys',
        },
        claims,
        stranger.privateKey,
      ),
    })),
    { flaw: "somebody else's signature", token: signToken(header, claims, newKeyPair('ES256').privateKey, 'ES256') },
  ]
}

const changedClaims = ({ header, claims, privateKey }: Signer): readonly BadToken[] => {
  const now = Math.floor(Date.now() / 1000)
  const flawed: [string, unknown][] = [
    ...[undefined, null, 'somebody else', ['somebody else'], {}, '', 7, `${String(claims['iss'])}/`].map(
      (iss): [string, unknown] => [`iss ${JSON.stringify(iss)}`, { ...claims, iss }],
    ),
    ...[undefined, null, 'somebody else', ['somebody else'], [], {}, '', 7].map((aud): [string, unknown] => [
      `aud ${JSON.stringify(aud)}`,
      { ...claims, aud },
    ]),
    ...[undefined, null, '', 7, ['a'], { a: 1 }, `usr_${'0'.repeat(32)}\0`].map((sub): [string, unknown] => [
      `sub ${JSON.stringify(sub)}`,
      { ...claims, sub },
    ]),
    ...[undefined, null, '', String(now + 600), [now + 600], {}, true].map((exp): [string, unknown] => [
      `exp ${JSON.stringify(exp)}`,
      { ...claims, exp },
    ]),
    ['nbf in the future', { ...claims, nbf: now + 600 }],
    ['claims that are a list', [claims]],
    ['claims that are null', null],
    ['claims that are text', 'claims'],
  ]
  return flawed.map(([flaw, changed]) => ({ flaw, token: signToken(header, changed, privateKey) }))
}

const misspelled = (good: string): readonly BadToken[] => {
  const [header = '', claims = '', signature = ''] = good.split('.')
  const flawed: [string, string][] = [
    ['no signature', `${header}.${claims}.`],
    ['no signature and no dot', `${header}.${claims}`],
    ['no claims', `${header}..${signature}`],
    ['an end that is padded', `${good}=`],
    ['a header that is padded', `${header}==.${claims}.${signature}`],
    ['other letters for the same bytes', respell(good)],
    ['the letters of plain base64', `${header}.${claims}.${signature.slice(0, -2)}+/`],
    ['a dot at its end', `${good}.`],
    ['its claims twice', `${header}.${claims}.${claims}.${signature}`],
    ['itself twice', `${good}.${good}`],
    [
      'the form of an encrypted one',
      `${toSegment({ alg: 'dir', enc: 'A256GCM' })}..${claims}.${signature}.${signature}`,
    ],
    ['a header that is no JSON', `${base64url('{"alg":')}.${claims}.${signature}`],
    ['a header that is a list', `${toSegment([])}.${claims}.${signature}`],
    ['claims that are no JSON', `${header}.${base64url('{"sub"')}.${signature}`],
    ['claims that are no UTF-8', `${header}.${base64url(Buffer.from([0xff, 0xfe, 0x80]))}.${signature}`],
    ['a length of 7,000', `${header}.${claims}.${signature.padEnd(7_000, 'A')}`],
  ]
  return flawed.map(([flaw, token]) => ({ flaw, token }))
}

const endless = ({ header, claims, privateKey }: Signer): BadToken => ({
  flaw: 'none, signed none',
  token: `${signToken({ ...header, alg: 'none' }, claims, privateKey, String(header['alg']))
    .split('.')
    .slice(0, 2)
    .join('.')}.`,
})

/** Tokens that have one flaw each; every reader of tokens must refuse all of them. */
export const badTokens = (signer: Signer): readonly BadToken[] => {
  const good = signToken(signer.header, signer.claims, signer.privateKey)
  return [
    ...forgedSignatures(good, String(signer.header['alg'])),
    ...confusedAlgorithms(signer),
    ...changedHeaders(signer),
    ...changedClaims(signer),
    ...misspelled(good),
    endless(signer),
  ]
}
