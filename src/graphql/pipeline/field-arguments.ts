import {
  type FieldNode,
  getArgumentValues,
  type GraphQLArgument,
  type GraphQLField,
  isNonNullType,
  Kind,
  valueFromAST,
  type ValueNode,
} from 'graphql'
import type { Variables } from './collect.ts'

type Arguments = Record<string, unknown>

/** Arguments of one field, coerced. Throws GraphQLError, in the words of graphql-js. */
export type ArgumentsOf = (variables: Variables) => Arguments

/** Undefined where graphql-js has to say what is wrong. */
type ValueOf = (variables: Variables) => unknown

/** The argument is left out, as its variable was. */
const ABSENT = Symbol('absent')

const hasVariable = (value: ValueNode): boolean => {
  if (value.kind === Kind.VARIABLE) return true
  if (value.kind === Kind.LIST) return value.values.some(hasVariable)
  return value.kind === Kind.OBJECT && value.fields.some((field) => hasVariable(field.value))
}

/** Where nothing was given. */
const fallbackOf = ({ type, defaultValue }: GraphQLArgument): unknown => {
  if (defaultValue !== undefined) return defaultValue
  return isNonNullType(type) ? undefined : ABSENT
}

const valueOf = (argument: GraphQLArgument, node: FieldNode): ValueOf => {
  const { type, name } = argument
  const given = node.arguments?.find((candidate) => candidate.name.value === name)?.value
  if (given === undefined) {
    const fallback = fallbackOf(argument)
    return () => fallback
  }
  if (given.kind === Kind.VARIABLE) {
    const variable = given.name.value
    const fallback = fallbackOf(argument)
    const isRequired = isNonNullType(type)
    return (variables) => {
      if (!Object.hasOwn(variables, variable)) return fallback
      const value = variables[variable]
      return value === null && isRequired ? undefined : value
    }
  }
  if (hasVariable(given)) return (variables) => valueFromAST(given, type, variables)
  const constant = valueFromAST(given, type)
  return () => constant
}

/** Coerces once what no variable decides. What is given may be shared by all executions: nobody may change it. */
export const createArgumentsOf = (field: GraphQLField<unknown, unknown>, node: FieldNode): ArgumentsOf => {
  const isConstant = node.arguments?.some((argument) => hasVariable(argument.value)) !== true
  if (isConstant) {
    let constant: Arguments | undefined
    return () => (constant ??= Object.freeze(getArgumentValues(field, node, {})))
  }
  const values = field.args.map((argument) => ({ name: argument.name, valueOf: valueOf(argument, node) }))
  return (variables) => {
    const coerced: Arguments = {}
    for (const { name, valueOf } of values) {
      const value = valueOf(variables)
      if (value === undefined) return getArgumentValues(field, node, variables)
      if (value !== ABSENT) coerced[name] = value
    }
    return coerced
  }
}
