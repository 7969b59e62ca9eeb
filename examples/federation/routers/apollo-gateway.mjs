import { readFileSync } from 'node:fs'
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'

/** Consentgraph checks the credential of whoever asks. The other subgraphs have no use for it, and do not get it. */
class Consentgraph extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    if (context.authorization !== undefined) request.http.headers.set('authorization', context.authorization)
  }
}

const server = new ApolloServer({
  includeStacktraceInErrorResponses: false,
  gateway: new ApolloGateway({
    supergraphSdl: readFileSync(process.env.SUPERGRAPH ?? 'supergraph.graphql', 'utf8'),
    buildService: ({ name, url }) =>
      name === 'consentgraph' ? new Consentgraph({ url }) : new RemoteGraphQLDataSource({ url }),
  }),
})
const { url } = await startStandaloneServer(server, {
  listen: { port: Number(process.env.PORT ?? 4100), host: '127.0.0.1' },
  context: async ({ req }) => ({ authorization: req.headers.authorization }),
})
console.log(`Apollo Gateway ${url}`)
