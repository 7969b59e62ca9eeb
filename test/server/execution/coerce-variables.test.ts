import fc from 'fast-check'
import { buildSchema, getVariableValues, type OperationDefinitionNode, parse } from 'graphql'
import { expect, it } from 'vitest'
import { createVariableCoercion } from '../../../src/graphql/pipeline/coerce-variables.ts'

const schema = buildSchema('enum Color { RED } input Range { from: Int! } type Query { ok: Boolean }')

const TYPES = ['String', 'ID', 'Boolean', 'Int', 'Float', 'Color', 'Range', 'Unknown']
const type = fc.oneof(
  fc.tuple(fc.constantFrom(...TYPES), fc.constantFrom('', '!')).map(([name, end]) => `${name}${end}`),
  fc.constantFrom('[Int!]', '[String]!'),
)
const DEFAULTS = ['', '', ' = null', ' = 1', ' = "x"', ' = true']
const value = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    0,
    -0,
    7,
    1.5,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
    Number.NaN,
    '',
    'RED',
    '7',
  ),
  fc.constantFrom<unknown>({ from: 1 }, { from: null }, [1, null], [], {}),
  fc.string(),
)
const NAMES = ['a', 'b', 'c', '__proto__']
const given = fc
  .array(fc.tuple(fc.constantFrom(...NAMES, 'more'), value), { maxLength: 5 })
  .map((entries) => Object.fromEntries(entries) as Readonly<Record<string, unknown>>)
const definitions = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), type, fc.constantFrom(...DEFAULTS)), {
    selector: ([name]) => name,
    maxLength: 4,
  })
  .map((variables) => variables.map(([name, of, otherwise]) => `$${name}: ${of}${otherwise}`).join(' '))

it('takes and refuses variables as graphql-js does', () => {
  const seen = { taken: 0, refused: 0 }
  fc.assert(
    fc.property(definitions, fc.array(given, { minLength: 1, maxLength: 4 }), (text, requests) => {
      const document = parse(`query ${text === '' ? '' : `(${text})`} { ok }`)
      const { variableDefinitions = [] } = document.definitions[0] as OperationDefinitionNode
      const coerce = createVariableCoercion(schema, variableDefinitions)
      for (const request of requests) {
        const { coerced } = getVariableValues(schema, variableDefinitions, request)
        expect(coerce(request)).toStrictEqual(coerced ?? null)
        if (coerced === undefined) seen.refused += 1
        else seen.taken += 1
      }
    }),
    { numRuns: 1_000 },
  )
  expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(100)
})
