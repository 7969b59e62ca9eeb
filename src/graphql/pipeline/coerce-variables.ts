import {
  getVariableValues,
  GraphQLBoolean,
  GraphQLID,
  GraphQLInt,
  type GraphQLSchema,
  GraphQLString,
  isInputType,
  isNonNullType,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql'
import type { Variables } from './collect.ts'

/** Coerces what a request gives for the variables of one operation; null where graphql-js refuses it. */
export type CoerceVariables = (given: Variables) => Variables | null

type Test = (value: unknown) => boolean

const isText: Test = (value) => typeof value === 'string'

/** What these scalars take as it is. Of everything else, graphql-js is asked. */
const VERBATIM: ReadonlyMap<unknown, Test> = new Map<unknown, Test>([
  [GraphQLString, isText],
  [GraphQLID, isText],
  [GraphQLBoolean, (value) => typeof value === 'boolean'],
  [GraphQLInt, (value) => typeof value === 'number' && (value | 0) === value],
])

const verbatimOf = (schema: GraphQLSchema, { type: written }: VariableDefinitionNode): Test | undefined => {
  const type = typeFromAST(schema, written)
  return isInputType(type) ? VERBATIM.get(isNonNullType(type) ? type.ofType : type) : undefined
}

/** The types are looked up once, and simple values need no more than to be looked at. */
export const createVariableCoercion = (
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
): CoerceVariables => {
  const byGraphql: CoerceVariables = (given) =>
    getVariableValues(schema, definitions, given, { maxErrors: 1 }).coerced ?? null
  const simple: { readonly name: string; readonly isVerbatim: Test }[] = []
  for (const definition of definitions) {
    const name = definition.variable.name.value
    const isVerbatim = verbatimOf(schema, definition)
    // An assignment to that name would be none.
    if (isVerbatim === undefined || name === '__proto__') return byGraphql
    simple.push({ name, isVerbatim })
  }
  return (given) => {
    const coerced: Record<string, unknown> = {}
    for (const { name, isVerbatim } of simple) {
      if (!Object.hasOwn(given, name) || !isVerbatim(given[name])) return byGraphql(given)
      coerced[name] = given[name]
    }
    return coerced
  }
}
