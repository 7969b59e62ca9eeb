import * as fc from 'fast-check'
import { parse, print } from 'graphql'
import { describe, expect, test } from 'vitest'
import { typeDefs } from '../../../src/graphql/type-defs.ts'
import { findChanges } from './changes.ts'

const LINK = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@key", "@shareable", "@inaccessible", "@requiresScopes", "@tag"]
)`
const BASE = `
  ${LINK}
  directive @oneOf on INPUT_OBJECT
  scalar Day @specifiedBy(url: "https://days.example/1")
  interface Thing { id: ID! }
  type Query {
    thing(id: ID!, first: Int = 20, size: Size): Thing @requiresScopes(scopes: [["read", "more"], ["admin"]])
    search(filter: Filter): Found
    open: Page
  }
  type Apple implements Thing @key(fields: "id") @key(fields: "name owner") { id: ID! name: String! owner: ID! grown: Day }
  type Pear implements Thing @key(fields: "id") { id: ID! weight: Int @tag(name: "internal") ripe: Boolean! }
  type Page @shareable { next: String last: Boolean }
  union Found = Apple | Pear
  enum Size { SMALL LARGE }
  input Filter { size: Size = SMALL text: String }
  input Ref { id: ID name: String }
`

const replaced = (text: string, old: string, replacement: string): string => {
  if (text.split(old).length !== 2) throw new Error(`"${old}" stands there ${text.split(old).length - 1} times`)
  return text.replace(old, () => replacement)
}

const changesBy = (old: string, replacement: string, base = BASE) =>
  findChanges(parse(base), parse(replaced(base, old, replacement)))

const BREAKING: readonly (readonly [name: string, old: string, replacement: string, change: string])[] = [
  ['a field that is removed', 'weight: Int @tag(name: "internal") ', '', 'Pear.weight was removed.'],
  ['a root field that is removed', 'open: Page', '', 'Query.open was removed.'],
  ['a field of another type', 'name: String! owner', 'name: ID! owner', 'Apple.name changed type from String! to ID!.'],
  [
    'a field that may be null now',
    'ripe: Boolean!',
    'ripe: Boolean',
    'Pear.ripe changed type from Boolean! to Boolean.',
  ],
  [
    'a field that is a list now',
    'ripe: Boolean!',
    'ripe: [Boolean!]!',
    'Pear.ripe changed type from Boolean! to [Boolean!]!.',
  ],
  [
    'an argument that must be given',
    'size: Size)',
    'size: Size!)',
    'Query.thing arg size has changed type from Size to Size!.',
  ],
  [
    'a new argument that must be given',
    'size: Size)',
    'size: Size, at: Int!)',
    'A required arg at on Query.thing was added.',
  ],
  ['an argument that is removed', ', size: Size)', ')', 'Query.thing arg size was removed.'],
  [
    'an argument of another type',
    'first: Int = 20',
    'first: String',
    'Query.thing arg first has changed type from Int to String.',
  ],
  ['another default', 'first: Int = 20', 'first: Int = 10', 'Query.thing(first:): the default is now 10, and was 20.'],
  [
    'a default that is gone',
    'first: Int = 20',
    'first: Int',
    'Query.thing(first:): the default is now none, and was 20.',
  ],
  [
    'a default that was none',
    'text: String',
    'text: String = "all"',
    'Filter.text: the default is now "all", and was none.',
  ],
  [
    'another default of an input field',
    'Size = SMALL',
    'Size = LARGE',
    'Filter.size: the default is now LARGE, and was SMALL.',
  ],
  ['an input field that is removed', 'text: String }', '}', 'Filter.text was removed.'],
  [
    'an input field that must be given',
    'text: String }',
    'text: String! }',
    'Filter.text changed type from String to String!.',
  ],
  [
    'a new input field that must be given',
    'text: String }',
    'text: String at: Day! }',
    'A required field at on input type Filter was added.',
  ],
  ['a value of an enum that is removed', 'SMALL LARGE', 'SMALL', 'LARGE was removed from enum type Size.'],
  ['a member of a union that is removed', 'Apple | Pear', 'Apple', 'Pear was removed from union type Found.'],
  [
    'an interface that is no longer implemented',
    'Pear implements Thing',
    'Pear',
    'Pear no longer implements interface Thing.',
  ],
  [
    'a type of another kind',
    'scalar Day @specifiedBy(url: "https://days.example/1")',
    'enum Day { MONDAY }',
    'Day changed from a Scalar type to an Enum type.',
  ],
  [
    'a scalar that is specified elsewhere',
    'days.example/1',
    'days.example/2',
    'Day: @specifiedBy(url: "https://days.example/2") in place of @specifiedBy(url: "https://days.example/1").',
  ],
  ['a key that is removed', '@key(fields: "name owner")', '', 'Apple: @key(fields: "name owner") was removed.'],
  [
    'a key that is resolved no longer',
    '"name owner"',
    '"name owner", resolvable: false',
    'Apple: @key(fields: "name owner") can no longer be resolved.',
  ],
  [
    'a scope where there was none',
    'open: Page',
    'open: Page @requiresScopes(scopes: [["read"]])',
    'Query.open: @requiresScopes is now [["read"]], and was [[]].',
  ],
  [
    'a scope more',
    '["admin"]]',
    '["admin", "read"]]',
    'Query.thing: @requiresScopes is now [["read","more"],["admin","read"]], and was [["read","more"],["admin"]].',
  ],
  [
    'an alternative that is gone',
    ', ["admin"]',
    '',
    'Query.thing: @requiresScopes is now [["read","more"]], and was [["read","more"],["admin"]].',
  ],
  [
    'what a supergraph no longer shows',
    'open: Page',
    'open: Page @inaccessible',
    'Query.open: @inaccessible was added.',
  ],
  ['what others may no longer define', 'Page @shareable', 'Page', 'Page.last: @shareable was removed.'],
  ['an input that takes one field only', 'input Ref {', 'input Ref @oneOf {', 'Ref: @oneOf was added.'],
  ['a tag that is gone', ' @tag(name: "internal")', '', 'Pear.weight: @tag(name: "internal") was removed.'],
  [
    'a tag that contracts know, on more',
    'ripe: Boolean!',
    'ripe: Boolean! @tag(name: "internal")',
    'Pear.ripe: @tag(name: "internal") was added.',
  ],
  [
    'another version of federation',
    'federation/v2.9',
    'federation/v2.10',
    'schema: https://specs.apollo.dev/federation is now v2.10, and was v2.9.',
  ],
  [
    'a directive that nobody has a rule for',
    'open: Page',
    'open: Page @federation__cost(weight: 5)',
    'Query.open: @federation__cost(weight: 5) in place of nothing.',
  ],
]

test.each(BREAKING)('%s is breaking', (_, old, replacement, change) => {
  const breaking = changesBy(old, replacement).filter(({ breaks }) => breaks !== null)
  expect(breaking.map(({ what }) => what)).toContain(change)
  // Nothing but what was planted: @shareable was on two fields, and a member that is gone was at one place.
  expect(breaking.length).toBeLessThanOrEqual(2)
})

const ADDITIONS: readonly (readonly [name: string, old: string, replacement: string])[] = [
  ['a field', 'ripe: Boolean!', 'ripe: Boolean! colour: String @requiresScopes(scopes: [["read"]])'],
  ['a type', 'type Pear', 'type Plum implements Thing { id: ID! } type Pear'],
  ['an argument that may be left out', 'size: Size)', 'size: Size, at: Int)'],
  ['an argument with a default', 'size: Size)', 'size: Size, at: Int! = 1)'],
  ['an argument that may be left out now', 'id: ID!, first', 'id: ID, first'],
  ['an input field that may be left out', 'text: String }', 'text: String at: Day }'],
  ['a field that is never null now', 'weight: Int', 'weight: Int!'],
  ['a deprecation', 'ripe: Boolean!', 'ripe: Boolean! @deprecated(reason: "Use weight.")'],
  [
    'a key',
    'Pear implements Thing @key(fields: "id")',
    'Pear implements Thing @key(fields: "id") @key(fields: "weight")',
  ],
  ['a scope less', '["read", "more"]', '["read"]'],
  ['an alternative', '["admin"]]', '["admin"], ["other"]]'],
  ['no scope at all', '@requiresScopes(scopes: [["read", "more"], ["admin"]])', ''],
  [
    'what others may define as well',
    'type Pear implements Thing @key(fields: "id")',
    'type Pear implements Thing @key(fields: "id") @shareable',
  ],
  ['a tag that no contract can know', 'ripe: Boolean!', 'ripe: Boolean! @tag(name: "new")'],
  ['another import', '"@tag"]', '"@tag", "@override"]'],
  ['a member of a union', 'Apple | Pear', 'Apple | Pear | Page'],
  ['a value of an enum', 'SMALL LARGE', 'SMALL LARGE HUGE'],
  [
    'another order, and parts in several places',
    'type Page @shareable { next: String last: Boolean }',
    'extend type Page { last: Boolean @shareable } type Page { next: String @shareable }',
  ],
  ['another description', 'type Pear', '"A fruit." type Pear'],
]

test.each(ADDITIONS)('%s breaks nobody', (_, old, replacement) => {
  expect(changesBy(old, replacement).filter(({ breaks }) => breaks !== null)).toEqual([])
})

test('what clients must be ready for is told', () => {
  const told = (old: string, replacement: string) => changesBy(old, replacement).map(({ what }) => what)
  expect(told('SMALL LARGE', 'SMALL LARGE HUGE')).toEqual(['HUGE was added to enum type Size.'])
  expect(told('Apple | Pear', 'Apple | Pear | Page')).toEqual(['Page was added to union type Found.'])
  expect(told('["admin"]]', '["admin"], ["x"]]')).toEqual([
    'Query.thing: @requiresScopes is now [["read","more"],["admin"],["x"]], and was [["read","more"],["admin"]].',
  ])
})

const scopes = fc.subarray(['a', 'b', 'c'])
const rules = fc.array(scopes, { minLength: 1, maxLength: 3 })

test('a change of scopes is breaking where it refuses a credential that was enough, and only there', () => {
  const withRule = (rule: readonly (readonly string[])[]): string =>
    replaced(BASE, 'open: Page', `open: Page @requiresScopes(scopes: ${JSON.stringify(rule)})`)
  const lets = (rule: readonly (readonly string[])[], held: readonly string[]): boolean =>
    rule.some((all) => all.every((scope) => held.includes(scope)))
  const everybody = [[], ['a'], ['b'], ['c'], ['a', 'b'], ['a', 'c'], ['b', 'c'], ['a', 'b', 'c']]
  fc.assert(
    fc.property(rules, rules, (was, is) => {
      const breaking = findChanges(parse(withRule(was)), parse(withRule(is))).some(({ breaks }) => breaks !== null)
      expect(breaking).toBe(everybody.some((held) => lets(was, held) && !lets(is, held)))
    }),
    { numRuns: 60 },
  )
})

const P95 = 'ProviderHealth.p95Millis: @requiresScopes is now [["admin"]], and was [["operations:read"]].'

describe('in the schema as it is', () => {
  const sdl = print(typeDefs)

  test('nothing has changed from itself', () => {
    expect(findChanges(typeDefs, parse(sdl))).toEqual([])
  })

  test.each([
    ['@key(fields: "externalId")', '', 'User: @key(fields: "externalId") was removed.'],
    ['providerConsentId: String', 'providerConsentId: ID', 'Consent.providerConsentId changed type from String to ID.'],
    [
      'p95Millis: Int @requiresScopes(scopes: [["operations:read"]])',
      'p95Millis: Int @requiresScopes(scopes: [["admin"]])',
      P95,
    ],
    ['device: PsuDevice = ANY', 'device: PsuDevice', 'PsuInput.device: the default is now none, and was ANY.'],
  ])('%s -> %s is found', (old, replacement, change) => {
    const breaking = changesBy(old, replacement, sdl).filter(({ breaks }) => breaks !== null)
    expect(breaking.map(({ what }) => what)).toEqual([change])
  })
})
