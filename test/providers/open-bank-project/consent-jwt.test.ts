import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseConsentJwt } from '../../../src/providers/open-bank-project/consent-jwt.ts'

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const toJwt = (claims: unknown): string => `${encode({ alg: 'HS256' })}.${encode(claims)}.c2ln`

const claims = {
  jti: 'c1',
  aud: 'consumer',
  iat: 1_700_000_000,
  nbf: 1_700_000_000,
  exp: 1_700_003_600,
  views: [{ bank_id: 'b', account_id: 'a', view_id: 'owner' }],
  entitlements: [{ bank_id: '', role_name: 'CanGetAnyUser' }],
}

describe('parseConsentJwt', () => {
  it('reads what the server wrote', () => {
    expect(parseConsentJwt(toJwt(claims))).toEqual({
      id: 'c1',
      audience: ['consumer'],
      issuedAt: claims.iat,
      notBefore: claims.nbf,
      expiresAt: claims.exp,
      views: claims.views,
      entitlements: claims.entitlements,
    })
  })

  it('needs none of the claims', () => {
    expect(parseConsentJwt(toJwt({ exp: 1 }))).toMatchObject({ id: null, audience: [], views: [], expiresAt: 1 })
    expect(parseConsentJwt(toJwt({ ...claims, exp: undefined }))).toMatchObject({ id: 'c1', expiresAt: null })
  })

  it.each([
    ['not a JWT', 'abc'],
    ['two segments', toJwt(claims).split('.').slice(0, 2).join('.')],
    ['four segments', `${toJwt(claims)}.x`],
    ['padding', toJwt(claims).replace('.c2ln', '=.c2ln')],
    ['a line break', `${toJwt(claims)}\n`],
    [
      'the other alphabet',
      `e30.${Buffer.from('{"exp":1,"x":"\u{3ffff}???"}').toString('base64').replaceAll('=', '')}.c2ln`,
    ],
    ['stray bits', `e30.${encode({ exp: 12 }).replace(/Q$/, 'R')}.c2ln`],
    ['not JSON', `e30.${Buffer.from('{').toString('base64url')}.c2ln`],
    ['not UTF-8', `e30.${Buffer.from('{"exp":1,"x":"\xff"}', 'latin1').toString('base64url')}.c2ln`],
    ['a list', toJwt([])],
    ['null', toJwt(null)],
    ['an end that is text', toJwt({ ...claims, exp: '1700003600' })],
    ['an end with a fraction', toJwt({ ...claims, exp: 1.5 })],
    ['an end that no date can hold', toJwt({ ...claims, exp: 9e12 })],
    ['views of another shape', toJwt({ ...claims, views: ['owner'] })],
  ])('refuses %s', (_, jwt) => {
    expect(parseConsentJwt(jwt)).toBeNull()
  })

  it('takes one spelling for one content', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    // Each space more moves the end within its group of four.
    for (const json of ['{"exp":1}', '{"exp":1 }', '{"exp":1  }']) {
      const whole = Buffer.from(json).toString('base64url')
      const spellings = alphabet.split('').map((last) => whole.slice(0, -1) + last)
      expect(spellings.filter((spelling) => parseConsentJwt(`e30.${spelling}.x`) !== null)).toEqual([whole])
      expect(parseConsentJwt(`e30.${whole}x.x`)).toBeNull()
    }
  })

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => `e30.${Buffer.from(json).toString('base64url')}.x`),
        ),
        (text) => {
          parseConsentJwt(text)
        },
      ),
    )
  })
})
