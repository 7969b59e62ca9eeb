import fc from 'fast-check'
import {
  getNamedType,
  type GraphQLCompositeType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isUnionType,
} from 'graphql'

/*
 * Operations as text. Aliases come from a small pool, so that fields merge; what validation refuses is thrown away by the test.
 */

/** Fields with the same arguments get the same alias, so that they merge. */
const aliasOf = (name: string, variant: number, roll: number): string =>
  roll === 0 ? '__proto__: ' : roll < 3 ? `${name}_${variant}: ` : variant === 0 ? '' : `v${variant}_${name}: `

const DIRECTIVES = [
  '',
  '',
  '',
  '',
  ' @include(if: $yes)',
  ' @skip(if: $no)',
  ' @skip(if: $maybe)',
  ' @include(if: $maybe)',
  ' @include(if: false)',
  ' @skip(if: true) @include(if: true)',
]

const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  'Person.label': ['', '(upper: true)', '(upper: $maybe)', '(upper: $missing)', '(upper: null)'],
  'Named.label': ['', '(upper: true)', '(upper: $maybe)'],
  'Person.friends': [
    '',
    '(first: 1)',
    '(first: $count)',
    '(filter: {color: GREEN})',
    '(filter: {since: "2020-01-01T00:00:00.000Z", limits: 3})',
    '(filter: $filter)',
    '(filter: {limits: [$count], color: null})',
  ],
  'Query.person': ['(id: "1")', '(id: $id)', '(id: 7, since: $since)', '(id: $id, filter: $filter)'],
  'Mutation.bump': ['', '(by: 2)', '(by: $count)'],
  'Mutation.rename': ['', '(name: "x")', '(name: null)'],
}

const VARIABLES =
  '($yes: Boolean = true, $no: Boolean! = false, $maybe: Boolean = false, $missing: Boolean, $count: Int! = 3, $id: ID! = "d", $since: Instant, $filter: Filter = {limits: 4})'

interface Named {
  readonly text: string
  readonly fragments: readonly string[]
}

const join = (parts: readonly Named[]): Named => ({
  text: parts.map((part) => part.text).join(' '),
  fragments: parts.flatMap((part) => part.fragments),
})

let counter = 0

const selection = (schema: GraphQLSchema, type: GraphQLCompositeType, depth: number): fc.Arbitrary<Named> => {
  const fields = isUnionType(type) ? [] : Object.values(type.getFields())
  const field = fields.filter((candidate) => depth > 0 || !isCompositeType(getNamedType(candidate.type)))
  const typename = fc.constant<Named>({ text: '__typename', fragments: [] })
  const choices: fc.WeightedArbitrary<Named>[] = [{ arbitrary: typename, weight: 1 }]
  if (field.length > 0) {
    choices.push({
      weight: 8,
      arbitrary: fc.constantFrom(...field).chain((chosen) => {
        const inner = getNamedType(chosen.type)
        const nested = isCompositeType(inner)
          ? set(schema, inner, depth - 1)
          : fc.constant<Named>({ text: '', fragments: [] })
        const variants = ARGUMENTS[`${type.name}.${chosen.name}`] ?? ['']
        return fc
          .tuple(fc.nat(30), fc.nat(variants.length - 1), fc.constantFrom(...DIRECTIVES), nested)
          .map(([roll, variant, directive, sub]) => ({
            text: `${aliasOf(chosen.name, variant, roll)}${chosen.name}${variants[variant]}${directive} ${sub.text}`,
            fragments: sub.fragments,
          }))
      }),
    })
  }
  if (depth > 0) {
    const conditions = [
      ...(isAbstractType(type) ? schema.getPossibleTypes(type) : [type]),
      ...(isObjectType(type) ? type.getInterfaces() : []),
    ]
    const condition = fc.constantFrom(...conditions)
    choices.push({
      weight: 3,
      arbitrary: condition.chain((on) =>
        fc
          .tuple(set(schema, on, depth - 1), fc.constantFrom(...DIRECTIVES), fc.boolean())
          .map(([sub, directive, named]) => {
            if (!named) return { text: `... on ${on.name}${directive} ${sub.text}`, fragments: sub.fragments }
            counter += 1
            const name = `F${counter}`
            return {
              text: `...${name}${directive} ...${name}`,
              fragments: [...sub.fragments, `fragment ${name} on ${on.name} ${sub.text}`],
            }
          }),
      ),
    })
  }
  return fc.oneof(...choices)
}

const set = (schema: GraphQLSchema, type: GraphQLCompositeType, depth: number): fc.Arbitrary<Named> =>
  fc.array(selection(schema, type, depth), { minLength: 1, maxLength: 5 }).map((parts) => {
    const joined = join(parts)
    return { text: `{ ${joined.text} }`, fragments: joined.fragments }
  })

/** An operation on the chaos schema; mutations now and then. */
export const operationText = (schema: GraphQLSchema): fc.Arbitrary<string> => {
  const [query, mutation] = [schema.getQueryType(), schema.getMutationType()]
  if (!query || !mutation) throw new Error('the schema has no roots')
  const on = (keyword: string, type: GraphQLCompositeType) =>
    set(schema, type, 4).map(({ text, fragments }) => `${keyword} Q${VARIABLES} ${text} ${fragments.join(' ')}`)
  return fc.oneof({ arbitrary: on('query', query), weight: 4 }, { arbitrary: on('mutation', mutation), weight: 1 })
}

export const variableValues: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    yes: fc.boolean(),
    no: fc.boolean(),
    maybe: fc.constantFrom(true, false, null),
    count: fc.integer({ min: 0, max: 5 }),
    id: fc.constantFrom('x', 4),
    since: fc.constantFrom('2020-01-01T00:00:00.000Z', null),
    filter: fc.constantFrom({}, null, { color: 'GREEN' }, { since: '2021-01-01T00:00:00.000Z', limits: 5 }),
  },
  { requiredKeys: [] },
)
