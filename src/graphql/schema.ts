import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLSchema } from 'graphql'
import { guardFields } from './authorization.ts'
import { checkRepresentations } from './representations.ts'
import { resolvers } from './resolvers/resolvers.ts'
import { typeDefs } from './type-defs.ts'

type SubgraphModules = Parameters<typeof buildSubgraphSchema>[0]

/**
 * The executable subgraph, every field behind its rule.
 *
 * @param publicSdl true: whoever asks for the SDL gets it; else it needs a credential, as all fields do
 */
export const createSchema = ({ publicSdl = false }: { readonly publicSdl?: boolean } = {}): GraphQLSchema => {
  // The package types resolvers as a map of functions over `any`; ours are checked against the generated types.
  const schema = buildSubgraphSchema([{ typeDefs, resolvers }] as unknown as SubgraphModules)
  checkRepresentations(schema)
  guardFields(schema, publicSdl)
  return schema
}
