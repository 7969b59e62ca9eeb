import { type GraphQLSchema, NoSchemaIntrospectionCustomRule } from 'graphql'
import { createDocuments, type Documents } from './documents.ts'
import { createLimitRule, type OperationLimits } from './limits.ts'

/** Documents as a gateway takes them: within the limits, and in production without introspection. */
export const createValidatedDocuments = (
  schema: GraphQLSchema,
  limits: OperationLimits,
  development: boolean,
): Documents => {
  const rules = [createLimitRule(limits)]
  return createDocuments({
    schema,
    maxTokens: limits.maxTokens,
    rules: development ? rules : [...rules, NoSchemaIntrospectionCustomRule],
  })
}
