import { GraphQLError, type OperationDefinitionNode } from 'graphql'
import type { Variables } from './collect.ts'
import type { OperationLimits } from './limits.ts'

type Limits = Pick<OperationLimits, 'maxListItems' | 'maxInputDepth'>

/** What is wrong with a value, looked at no deeper than the limit. */
const findExcess = (value: unknown, depth: number, limits: Limits): string | null => {
  if (typeof value !== 'object' || value === null) return null
  if (depth > limits.maxInputDepth) return `is nested deeper than the limit of ${limits.maxInputDepth}`
  if (Array.isArray(value) && value.length > limits.maxListItems) {
    return `has a list of ${value.length}; the limit is ${limits.maxListItems}`
  }
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    const excess = findExcess(member, depth + 1, limits)
    if (excess !== null) return excess
  }
  return null
}

/** Lists and nesting in the document itself are bounded by its tokens. */
export const refuseVariables = (
  operation: OperationDefinitionNode,
  variables: Variables,
  limits: Limits,
): GraphQLError | null => {
  for (const { variable } of operation.variableDefinitions ?? []) {
    const name = variable.name.value
    const excess = findExcess(variables[name], 1, limits)
    if (excess === null) continue
    const extensions = { code: 'VARIABLES_TOO_LARGE', http: { status: 400 } }
    return new GraphQLError(`Variable "$${name}" ${excess}.`, { nodes: operation, extensions })
  }
  return null
}
