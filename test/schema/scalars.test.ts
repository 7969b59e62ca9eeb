import { buildSubgraphSchema } from '@apollo/subgraph'
import * as fc from 'fast-check'
import { graphql } from 'graphql'
import { describe, expect, test } from 'vitest'

import { isPublicUrl, scalarResolvers } from '../../src/graphql/scalars.ts'
import { typeDefs } from '../../src/graphql/type-defs.ts'

const { DateTime, URL: Url, CountryCode } = scalarResolvers

const instants = fc.date({
  min: new Date('0001-01-01T00:00:00.000Z'),
  max: new Date('9998-12-31T23:59:59.999Z'),
  noInvalidDate: true,
})

describe('DateTime', () => {
  test('what is written reads back as the same instant', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const written = DateTime.serialize(instant)
        expect(written).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
        expect(DateTime.parseValue(written)).toEqual(instant)
      }),
    )
  })

  test('each is written as itself, however many were written before it', () => {
    // More than are remembered, so that each finds another in its place, and some themselves.
    const near = Array.from({ length: 10_000 }, (_, index) => new Date((index - 5_000) * 1_000))
    for (const instant of [...near, ...near.toReversed(), ...near]) {
      expect(DateTime.serialize(instant)).toBe(instant.toISOString())
    }
  })

  test('the same instant can be written with any offset', () => {
    const offsets = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 })
    fc.assert(
      fc.property(instants, offsets, (instant, offset) => {
        const local = new Date(instant.getTime() + offset * 60_000).toISOString().slice(0, -1)
        const digits = (value: number) => String(Math.trunc(Math.abs(value))).padStart(2, '0')
        const zone = `${offset < 0 ? '-' : '+'}${digits(offset / 60)}:${digits(offset % 60)}`
        expect(DateTime.parseValue(`${local}${zone}`)).toEqual(instant)
      }),
    )
  })

  test.each([
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01t12:00:00z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00.5+02:00', '2026-03-01T10:00:00.500Z'],
    ['2026-03-01T12:00:00.123456789Z', '2026-03-01T12:00:00.123Z'],
    ['2024-02-29T23:30:00-01:00', '2024-03-01T00:30:00.000Z'],
  ])('%s is read as %s', (text, written) => {
    expect(DateTime.serialize(DateTime.parseValue(text))).toBe(written)
  })

  test.each([
    '2026-03-01',
    '2026-03-01T12:00:00',
    '2026-03-01 12:00:00Z',
    '2026-03-01T12:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T23:59:60Z',
    '2026-03-01T12:00:00+0200',
    '2026-03-01T12:00:00.Z',
    '2026-02-29T12:00:00Z',
    '2026-02-30T12:00:00Z',
    '2026-13-01T12:00:00Z',
    '2026-00-10T12:00:00Z',
    '+012026-03-01T12:00:00Z',
    '0000-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    ' 2026-03-01T12:00:00Z',
    '2026-03-01T12:00:00Z\n',
    '',
    1_772_366_400_000,
    new Date(),
    null,
  ])('%j is refused', (value) => {
    expect(() => DateTime.parseValue(value)).toThrow(/DateTime/)
  })

  test.each([new Date(Number.NaN), new Date(8.64e15), '2026-03-01T12:00:00.000Z', 0])(
    '%j is never written',
    (value) => {
      expect(() => DateTime.serialize(value)).toThrow(/valid Date/)
    },
  )
})

describe('URL', () => {
  test.each([
    'https://app.example/callback?x=1#done',
    'HTTPS://App.Example',
    'https://app.example:8443/a@b',
    'https://xn--bcher-kva.example/',
    'http://localhost:3000/cb',
    'http://127.0.0.1/cb',
    'http://127.8.9.10',
    'http://[::1]:8080/',
  ])('%s is kept as it was written', (text) => {
    expect(Url.parseValue(text)).toBe(text)
    expect(Url.serialize(text)).toBe(text)
  })

  test.each([
    ['http://app.example/cb', /https/],
    ['http://localhost.evil.example/', /https/],
    ['http://127.0.0.1.evil.example/', /https/],
    ['http://10.0.0.1/', /https/],
    ['ftp://app.example/', /https:\/\//],
    ['javascript:alert(1)', /https:\/\//],
    ['bankid:///?autostarttoken=1', /https:\/\//],
    ['//app.example/cb', /https:\/\//],
    ['/cb', /https:\/\//],
    ['https:app.example', /https:\/\//],
    [' https://app.example/', /https:\/\//],
    ['https://user:secret@app.example/', /password/],
    ['https://@app.example/', /password/],
    ['https://app.example\\@evil.example/', /backslash/],
    ['https://app.example/a b', /white space/],
    ['https://app.example/\t', /white space/],
    ['https://app.example/\u0000', /control/],
    ['https://', /host/],
    ['https://app.example:99999/', /port/],
    [`https://app.example/${'a'.repeat(8192)}`, /8192/],
    [42, /https:\/\//],
  ])('%j is refused with what to do', (value, advice) => {
    expect(() => Url.parseValue(value)).toThrow(advice)
    expect(() => Url.serialize(value)).toThrow(advice)
    expect(isPublicUrl(value)).toBe(false)
  })

  test('what it takes never names a user, and is http only on the loopback', () => {
    fc.assert(
      fc.property(
        fc.webUrl({ withQueryParameters: true, withFragments: true, validSchemes: ['http', 'https'] }),
        (text) => {
          if (!isPublicUrl(text)) return
          const url = new URL(text)
          expect([url.username, url.password]).toEqual(['', ''])
          expect(url.protocol === 'https:' || /^(localhost|127\.|\[::1\])/.test(url.hostname)).toBe(true)
        },
      ),
    )
  })
})

describe('CountryCode', () => {
  test.each(['SE', 'FI', 'GB', 'XK'])('%s is taken', (code) => {
    expect(CountryCode.parseValue(code)).toBe(code)
    expect(CountryCode.serialize(code)).toBe(code)
  })

  test.each(['se', 'SWE', 'XX', 'EU', '', ' SE', 46, null])('%j is refused', (value) => {
    expect(() => CountryCode.parseValue(value)).toThrow(/alpha-2 code in upper case/)
  })

  test('the usual mistake is named', () => {
    expect(() => CountryCode.parseValue('UK')).toThrow(/"GB"/)
  })
})

test('a caller reads what to do, as a variable and in the document', async () => {
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: scalarResolvers }])
  const asVariable = await graphql({
    schema,
    source: 'query ($before: DateTime) { consents(filter: { expiresBefore: $before }) { totalCount } }',
    variableValues: { before: '2026-03-01' },
  })
  expect(asVariable.errors?.[0]?.message).toContain('Write an RFC 3339 instant with its offset')
  const inline = await graphql({ schema, source: '{ institutions(country: "UK") { totalCount } }' })
  expect(inline.errors?.[0]?.message).toContain('The United Kingdom is "GB"')
})
