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

const literal = (draw: Draw, type: GraphQLInputType, ids: readonly string[], depth = 0): string => {
  if (chance(draw, 12)) return pick(draw, BAD_LITERALS)
  const inner = isNonNullType(type) ? type.ofType : type
  if (isListType(inner)) {
    const items = Array.from({ length: draw(fc.nat, { max: 3 }) }, () => literal(draw, inner.ofType, ids, depth + 1))
    return `[${items.join(', ')}]`
  }
  const named = getNamedType(inner)
  if (isEnumType(named)) return pick(draw, named.getValues()).name
  if (isInputObjectType(named)) {
    if (depth > 4) return '{}'
    const members = Object.values(named.getFields()).filter((member) => isNonNullType(member.type) || chance(draw, 30))
    return `{ ${members.map((member) => `${member.name}: ${literal(draw, member.type, ids, depth + 1)}`).join(', ')} }`
  }
  if (named.name === 'Int') return String(draw(fc.integer, { min: -5, max: 150 }))
  if (named.name === 'Boolean') return pick(draw, ['true', 'false'])
  if (chance(draw, 50)) return JSON.stringify(pick(draw, ids))
  return JSON.stringify(draw(fc.string, { maxLength: 40, unit: 'grapheme' }))
}

const given = (draw: Draw, args: readonly GraphQLArgument[], ids: readonly string[]): string => {
  const chosen = args.filter((argument) => (isNonNullType(argument.type) ? chance(draw, 95) : chance(draw, 30)))
  if (chosen.length === 0) return ''
  return `(${chosen.map((argument) => `${argument.name}: ${literal(draw, argument.type, ids)}`).join(', ')})`
}

const DIRECTIVES = [
  '',
  '',
  '',
  '',
  '@include(if: true)',
  '@skip(if: false)',
  '@skip(if: $missing)',
  '@unknown',
] as const

const selection = (
  draw: Draw,
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  ids: readonly string[],
  depth: number,
): string => {
  const fields = fieldsOf(type)
  const chosen = Array.from({ length: draw(fc.integer, { min: 1, max: depth === 0 ? 3 : 5 }) }, () =>
    pick(draw, fields),
  )
  const parts = chosen.map((field, index) => {
    const target = getNamedType(field.type)
    const alias = chance(draw, 25) ? `a${depth}_${index}: ` : ''
    const own = `${alias}${field.name}${given(draw, field.args, ids)} ${pick(draw, DIRECTIVES)}`
    if (isLeafType(target)) return own
    if (depth > 5) return `${own} { __typename }`
    if (isAbstractType(target)) {
      const one = pick(draw, schema.getPossibleTypes(target))
      return `${own} { __typename ... on ${one.name} { ${selection(draw, schema, one, ids, depth + 1)} } }`
    }
    return isObjectType(target) ? `${own} { ${selection(draw, schema, target, ids, depth + 1)} }` : own
  })
  if (chance(draw, 3)) parts.push('...Endless')
  if (chance(draw, 2)) parts.push('nothingLikeIt')
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

/** An operation over the schema: most are well-formed, many are not what the schema allows, some are damaged. */
export const operationArbitrary = (schema: GraphQLSchema, ids: readonly string[]): fc.Arbitrary<string> =>
  fc.gen().map((draw) => {
    const kind = pick(draw, ['query', 'query', 'query', 'mutation', 'subscription'] as const)
    const roots = {
      query: schema.getQueryType(),
      mutation: schema.getMutationType(),
      subscription: schema.getSubscriptionType(),
    }
    const text = `${kind} ${chance(draw, 20) ? 'Named' : ''} { ${selection(draw, schema, roots[kind]!, ids, 0)} } ${chance(draw, 3) ? ENDLESS : ''}`
    return chance(draw, 20) ? damage(draw, text) : text
  })
