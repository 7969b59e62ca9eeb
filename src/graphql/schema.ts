import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLSchema } from 'graphql'
import { guardFields } from './authorization.ts'
import { checkRepresentations } from './representations.ts'
import { resolvers } from './resolvers/resolvers.ts'
import { typeDefs } from './type-defs.ts'

type SubgraphModules = Parameters<typeof buildSubgraphSchema>[0]

/** The executable subgraph, every field behind its rule. */
export const createSchema = (): GraphQLSchema => {
  // The package types resolvers as a map of functions over `any`; ours are checked against the generated types.
  const schema = buildSubgraphSchema([{ typeDefs, resolvers }] as unknown as SubgraphModules)
  checkRepresentations(schema)
  guardFields(schema)
  return schema
}
