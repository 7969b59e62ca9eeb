import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled'
import { startStandaloneServer } from '@apollo/server/standalone'
import { buildSubgraphSchema, type GraphQLResolverMap } from '@apollo/subgraph'
import { parse } from 'graphql'

interface Subgraph {
  readonly typeDefs: string
  readonly resolvers: GraphQLResolverMap<unknown>
}

/** On `PORT` of this machine alone; 0 takes a free one. Says where on stdout. */
export const serveSubgraph = async (
  name: string,
  defaultPort: number,
  { typeDefs, resolvers }: Subgraph,
): Promise<void> => {
  const server = new ApolloServer({
    schema: buildSubgraphSchema([{ typeDefs: parse(typeDefs), resolvers }]),
    plugins: [ApolloServerPluginInlineTraceDisabled()],
  })
  const port = Number(process.env['PORT'] ?? defaultPort)
  const { url } = await startStandaloneServer(server, { listen: { port, host: '127.0.0.1' } })
  console.log(`${name} ${url}`)
}
