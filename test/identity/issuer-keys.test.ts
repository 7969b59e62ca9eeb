import { generatePrimeSync, generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createIssuerKeys, type IssuerKeysOptions } from '../../src/services/oidc/issuer-keys.ts'
import { hasRocaWeakness } from '../../src/services/oidc/roca.ts'
import { parseVerificationKeys } from '../../src/services/oidc/verification-key.ts'
import { createDocumentReader } from '../../src/upstream/document-reader.ts'
import { type Issuer, startIssuer } from './issuer.ts'
import { modulusOf, newKeyPair, rsaJwk, toJwk } from './signing.ts'

const reader = createDocumentReader({ timeoutMs: 1_500, maxBytes: 20_000 })
const first = toJwk(newKeyPair('EdDSA').publicKey, { kid: 'first' })
const second = toJwk(newKeyPair('ES256').publicKey, { kid: 'second' })

let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer([first])
})
afterEach(() => {
  issuer.answerWith(null)
  issuer.publish([first])
})
afterAll(async () => {
  await issuer[Symbol.asyncDispose]()
  await reader[Symbol.asyncDispose]()
})

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const unavailable = { code: 'ISSUER_UNAVAILABLE', retryable: true, retryAt: expect.any(Date) }

/** Keys of the issuer, read by a clock that a test moves. */
const open = (options: Partial<IssuerKeysOptions> = {}) => {
  let now = Date.parse('2026-01-01T00:00:00Z')
  const reports: string[] = []
  const keys = createIssuerKeys({
    issuer: issuer.url,
    read: reader.read,
    report: (event) => reports.push(event),
    now: () => now,
    ...options,
  })
  const before = issuer.keyReads
  return {
    keys,
    reports,
    reads: () => issuer.keyReads - before,
    pass: (ms: number) => {
      now += ms
    },
  }
}

describe("an issuer's keys", () => {
  test('are read once for however many tokens at once, and once more for however many unknown keys', async () => {
    const { keys, reads, pass } = open()
    await Promise.all(Array.from({ length: 50 }, () => keys.find('EdDSA', 'first')))
    expect(reads()).toBe(1)
    pass(MINUTE)
    const unknown = await Promise.all(Array.from({ length: 200 }, (_, index) => keys.find('EdDSA', `no-${index}`)))
    expect(unknown.every((key) => key === null)).toBe(true)
    expect(reads()).toBe(2)
    for (let index = 0; index < 200; index += 1) expect(await keys.find('ES256', `no-${index}`)).toBe(null)
    expect(reads()).toBe(2)
  })

  test('are another, as soon as a token names it', async () => {
    const { keys, pass } = open()
    expect(await keys.find('EdDSA', 'first')).not.toBe(null)
    issuer.publish([second])
    pass(MINUTE)
    expect(await keys.find('ES256', 'second')).not.toBe(null)
    expect(await keys.find('EdDSA', 'first')).toBe(null)
  })

  test('end when the issuer takes them out, though no token names another', async () => {
    const { keys, reads, pass } = open()
    await keys.find('EdDSA', 'first')
    issuer.publish([])
    pass(11 * MINUTE)
    await keys.find('EdDSA', 'first')
    await expect.poll(reads).toBe(2)
    await expect.poll(() => keys.find('EdDSA', 'first')).toBe(null)
  })

  test('serve only the algorithm that they are for', async () => {
    issuer.publish([first, toJwk(newKeyPair('RSA').publicKey, { kid: 'rsa', alg: 'PS256' })])
    const { keys } = open()
    expect(await keys.find('PS256', 'rsa')).not.toBe(null)
    for (const algorithm of ['RS256', 'ES256', 'EdDSA'] as const) expect(await keys.find(algorithm, 'rsa')).toBe(null)
    expect(await keys.find('ES256', 'first')).toBe(null)
  })
})

const redirect = (response: ServerResponse): void => {
  response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
}
const FAILURES: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'resets the connection': (response) => response.socket?.resetAndDestroy(),
  'answers 503': (response) => response.writeHead(503).end('{}'),
  'answers HTML': (response) => response.end('<html>'),
  'answers null': (response) => response.end('null'),
  redirects: redirect,
  'says nothing': () => undefined,
  'never stops': (response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(' '.repeat(10_000)));
      response.once('drain', more)
    }
    more()
  },
}

describe('an issuer that', () => {
  test.each(Object.entries(FAILURES))('%s leaves what is known in force', async (_, fail) => {
    const { keys, reports, pass } = open()
    await keys.find('EdDSA', 'first')
    issuer.answerWith(fail)
    pass(MINUTE)
    await expect(keys.find('ES256', 'second')).rejects.toMatchObject(unavailable)
    expect(await keys.find('EdDSA', 'first')).not.toBe(null)
    await expect(keys.find('ES256', 'second')).rejects.toMatchObject(unavailable)
    expect(reports).toEqual(['oidc.keys.failed'])
    issuer.answerWith(null)
    issuer.publish([first, second])
    pass(MINUTE)
    expect(await keys.find('ES256', 'second')).not.toBe(null)
  })

  test('was never reached is asked again after a while, and then serves', async () => {
    const { keys, pass } = open()
    issuer.answerWith((response) => response.writeHead(500).end())
    await expect(keys.find('EdDSA', 'first')).rejects.toMatchObject(unavailable)
    issuer.answerWith(null)
    await expect(keys.find('EdDSA', 'first')).rejects.toMatchObject(unavailable)
    pass(MINUTE)
    expect(await keys.find('EdDSA', 'first')).not.toBe(null)
  })

  test('is away for a day is believed no longer', async () => {
    const { keys, pass } = open()
    await keys.find('EdDSA', 'first')
    issuer.answerWith((response) => response.writeHead(500).end())
    pass(DAY - MINUTE)
    expect(await keys.find('EdDSA', 'first')).not.toBe(null)
    pass(2 * MINUTE)
    await expect(keys.find('EdDSA', 'first')).rejects.toMatchObject(unavailable)
  })

  test.each([
    ['has another name', () => ({ issuer: `${issuer.url}/`, jwks_uri: `${issuer.url}/keys` })],
    ['has no keys', () => ({ issuer: issuer.url })],
    ['has its keys in a file', () => ({ issuer: issuer.url, jwks_uri: 'file:///etc/passwd' })],
  ])('%s by its own document is not believed', async (_, discovery) => {
    const { keys, reads } = open()
    issuer.answerWith((response) => response.end(JSON.stringify(discovery())))
    await expect(keys.find('EdDSA', 'first')).rejects.toMatchObject(unavailable)
    expect(reads()).toBe(0)
  })

  test('is reached by https serves no keys by http', async () => {
    const read = async (url: string): Promise<unknown> => {
      if (!url.startsWith('https:')) throw new Error('asked')
      return { issuer: 'https://issuer.example', jwks_uri: `${issuer.url}/keys` }
    }
    const { keys, reads } = open({ issuer: 'https://issuer.example', read })
    await expect(keys.find('EdDSA', 'first')).rejects.toMatchObject(unavailable)
    expect(reads()).toBe(0)
  })
})

/** A prime of the form that the broken chips made: CVE-2017-15361. */
const rocaPrime = (bits: number): bigint => {
  const small = [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
  ]
  const product = [...small, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167].reduce(
    (all, prime) => all * BigInt(prime),
    1n,
  )
  let rest = 1n
  for (let turn = 0; turn < 1_234; turn += 1) rest = (rest * 65_537n) % product
  return generatePrimeSync(bits, { bigint: true, add: product, rem: rest })
}

describe('of a key set', () => {
  const strong = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
  const found = (...keys: readonly (JsonWebKey | object | null)[]): readonly string[] => [
    ...parseVerificationKeys({ keys }).keys(),
  ]

  test('strong keys are taken, for what they can do', () => {
    expect(found(first, second, toJwk(strong, { kid: 'rsa' }))).toEqual([
      'EdDSA first',
      'ES256 second',
      'RS256 rsa',
      'PS256 rsa',
    ])
  })

  test('the first of two of one name counts', () => {
    const other = toJwk(newKeyPair('EdDSA').publicKey, { kid: 'first' })
    const [key] = parseVerificationKeys({ keys: [first, other] }).values()
    expect(key?.export({ format: 'jwk' })).toMatchObject({ x: first.x })
  })

  test.each<[string, () => JsonWebKey | object | null]>([
    ['an RSA key of 1024 bits', () => toJwk(newKeyPair('RSA', 1024).publicKey, { kid: 'k' })],
    ['an RSA key with the exponent 1', () => rsaJwk(modulusOf(strong), 1n, 'k')],
    ['an RSA key with the exponent 3', () => rsaJwk(modulusOf(strong), 3n, 'k')],
    ['an RSA key with an even exponent', () => rsaJwk(modulusOf(strong), 65_538n, 'k')],
    ['an RSA key without a modulus', () => ({ kty: 'RSA', kid: 'k', n: '', e: 'AQAB' })],
    ['an RSA key that is too large', () => rsaJwk(2n ** 16_000n + 1n, 65_537n, 'k')],
    ['an RSA key of a broken chip', () => rsaJwk(rocaPrime(1024) * rocaPrime(1024), 65_537n, 'k')],
    ['a point that is not on its curve', () => ({ ...second, y: second.x })],
    ['another curve', () => toJwk(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey, { kid: 'k' })],
    ['a key to encrypt', () => ({ ...first, use: 'enc' })],
    ['a key that may only sign', () => ({ ...first, key_ops: ['sign'] })],
    ['a key of another algorithm', () => ({ ...first, alg: 'ES256' })],
    ['a secret', () => ({ kty: 'oct', kid: 'k', k: 'c2VjcmV0', alg: 'HS256' })],
    ['a key without a name', () => ({ ...first, kid: undefined })],
    ['nothing', () => null],
  ])('%s is left out', (_, make) => {
    expect(found(make(), second)).toEqual(['ES256 second'])
  })

  test.each([null, [], {}, { keys: {} }, { keys: Array.from({ length: 101 }, () => first) }])(
    'not even one: %#',
    (document) => {
      expect(() => parseVerificationKeys(document)).toThrow('')
    },
  )

  test('ordinary keys are not taken for those of broken chips', () => {
    expect(hasRocaWeakness(modulusOf(strong))).toBe(false)
    expect(hasRocaWeakness(rocaPrime(512) * rocaPrime(512))).toBe(true)
  })
})
