import fc from 'fast-check'
import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { fieldsOf } from '../../e2e/rights/operations.ts'

/** Draws from one arbitrary after the other: what is drawn next depends on what was. */
type Draw = fc.GeneratorValue

const chance = (draw: Draw, percent: number): boolean => draw(fc.integer, { min: 1, max: 100 }) <= percent
const pick = <Value>(draw: Draw, values: readonly [Value, ...Value[]] | readonly Value[]): Value =>
  values[draw(fc.nat, { max: values.length - 1 })]!

/** Literals that somebody careless, or somebody careful, would try. */
const BAD_LITERALS = [
  'null',
  '-1',
  '0',
  '1e400',
  '99999999999999999999',
  'true',
  '""',
  String.raw`"\u0000"`,
  String.raw`"\ud800"`,
  '"𝔘𝔫𝔦"',
  `"${'x'.repeat(5_000)}"`,
  '"""block"""',
  'UNKNOWN_WORD',
  '[]',
  '[[[[1]]]]',
  '{}',
  '{ __proto__: { a: 1 } }',
  '{ constructor: 1 }',
  '$missing',
  '"con_\' or 1=1 --"',
  '"usr_%00"',
  '"../../etc/passwd"',
] as const

/** What a scalar takes that would refuse any other text. */
const WELL_FORMED: Readonly<Record<string, readonly string[]>> = {
  DateTime: ['"2026-01-01T00:00:00Z"', '"2031-12-31T23:59:59.999+02:00"', '"0001-01-01T00:00:00Z"'],
  CountryCode: ['"SE"', '"DE"', '"AU"'],
  URL: ['"https://app.example.com/return"', '"http://127.0.0.1/"', '"https://a@b.example/#x"'],
}

/** Who writes an operation. */
interface Author {
  readonly ids: readonly string[]
  /** Keeps to the schema, so that the operation is executed; what stands in its strings is another matter. */
  readonly careful: boolean
}

const literal = (draw: Draw, type: GraphQLInputType, author: Author, depth = 0): string => {
  const { ids, careful } = author
  if (!careful && chance(draw, 12)) return pick(draw, BAD_LITERALS)
  const inner = isNonNullType(type) ? type.ofType : type
  if (isListType(inner)) {
    const items = Array.from({ length: draw(fc.nat, { max: 3 }) }, () => literal(draw, inner.ofType, author, depth + 1))
    return `[${items.join(', ')}]`
  }
  const named = getNamedType(inner)
  if (isEnumType(named)) return pick(draw, named.getValues()).name
  if (isInputObjectType(named)) {
    if (depth > 4) return '{}'
    const all = Object.values(named.getFields())
    const members =
      careful && named.isOneOf
        ? [pick(draw, all)]
        : all.filter((member) => isNonNullType(member.type) || chance(draw, 30))
    return `{ ${members.map((member) => `${member.name}: ${literal(draw, member.type, author, depth + 1)}`).join(', ')} }`
  }
  if (named.name === 'Int') return String(draw(fc.integer, careful ? { min: 1, max: 20 } : { min: -5, max: 150 }))
  if (named.name === 'Boolean') return pick(draw, ['true', 'false'])
  if (careful && named.name in WELL_FORMED) return pick(draw, WELL_FORMED[named.name]!)
  if (chance(draw, 50)) return JSON.stringify(pick(draw, ids))
  return JSON.stringify(draw(fc.string, { maxLength: 40, unit: 'grapheme' }))
}

const given = (draw: Draw, args: readonly GraphQLArgument[], author: Author): string => {
  const isGiven = ({ type, defaultValue }: GraphQLArgument): boolean => {
    if (!isNonNullType(type) || defaultValue !== undefined) return chance(draw, 30)
    return author.careful || chance(draw, 95)
  }
  const chosen = args.filter(isGiven)
  if (chosen.length === 0) return ''
  return `(${chosen.map((argument) => `${argument.name}: ${literal(draw, argument.type, author)}`).join(', ')})`
}

const GOOD_DIRECTIVES = ['', '', '', '', '@include(if: true)', '@skip(if: false)'] as const
const DIRECTIVES = [...GOOD_DIRECTIVES, '@skip(if: $missing)', '@unknown'] as const

const selection = (
  draw: Draw,
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  author: Author,
  depth: number,
): string => {
  const { careful } = author
  const fields = fieldsOf(type)
  // A subscription has one root field.
  const most = careful && type === schema.getSubscriptionType() ? 1 : depth === 0 ? 3 : 5
  const chosen = Array.from({ length: draw(fc.integer, { min: 1, max: most }) }, () => pick(draw, fields))
  const parts = chosen.map((field, index) => {
    const target = getNamedType(field.type)
    // The same field twice in one place must ask for the same.
    const isTwice = careful && chosen.indexOf(field) !== index
    const alias = isTwice || chance(draw, careful ? 5 : 25) ? `a${depth}_${index}: ` : ''
    const directive = pick(draw, careful ? GOOD_DIRECTIVES : DIRECTIVES)
    const own = `${alias}${field.name}${given(draw, field.args, author)} ${directive}`
    if (isLeafType(target)) return own
    if (depth > (careful ? 2 : 5)) return `${own} { __typename }`
    if (isAbstractType(target)) {
      const one = pick(draw, schema.getPossibleTypes(target))
      return `${own} { __typename ... on ${one.name} { ${selection(draw, schema, one, author, depth + 1)} } }`
    }
    return isObjectType(target) ? `${own} { ${selection(draw, schema, target, author, depth + 1)} }` : own
  })
  if (!careful && chance(draw, 3)) parts.push('...Endless')
  if (!careful && chance(draw, 2)) parts.push('nothingLikeIt')
  return parts.join('\n')
}

const ENDLESS = 'fragment Endless on Query { ...Endless2 } fragment Endless2 on Query { ...Endless }'

const damage = (draw: Draw, text: string): string => {
  const at = draw(fc.nat, { max: Math.max(0, text.length - 1) })
  const length = draw(fc.integer, { min: 1, max: 20 })
  const damaged = [
    text.slice(0, at) + text.slice(at + length),
    text.slice(0, at) + text.slice(at, at + length).repeat(3) + text.slice(at),
    text.slice(0, at) + draw(fc.string, { maxLength: 8, unit: 'binary' }) + text.slice(at),
    text.slice(0, at),
    '{'.repeat(50) + text,
  ]
  return pick(draw, damaged)
}

/** An operation over the schema: half keep to it, many of the others are not what it allows, some are damaged. */
export const operationArbitrary = (schema: GraphQLSchema, ids: readonly string[]): fc.Arbitrary<string> =>
  fc.gen().map((draw) => {
    const kind = pick(draw, ['query', 'query', 'query', 'mutation', 'subscription'] as const)
    const roots = {
      query: schema.getQueryType(),
      mutation: schema.getMutationType(),
      subscription: schema.getSubscriptionType(),
    }
    const author: Author = { ids, careful: chance(draw, 50) }
    const root = selection(draw, schema, roots[kind]!, author, 0)
    const text = `${kind} ${chance(draw, 20) ? 'Named' : ''} { ${root} }`
    if (author.careful) return text
    const whole = `${text} ${chance(draw, 3) ? ENDLESS : ''}`
    return chance(draw, 20) ? damage(draw, whole) : whole
  })
