import { defineConfig } from '@graphql-hive/gateway'

/** Consentgraph checks the credential of whoever asks. The other subgraphs have no use for it, and do not get it. */
export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH ?? 'supergraph.graphql',
  host: '127.0.0.1',
  port: Number(process.env.PORT ?? 4200),
  propagateHeaders: {
    fromClientToSubgraphs: ({ request, subgraphName }) =>
      subgraphName === 'consentgraph' ? { authorization: request.headers.get('authorization') } : {},
  },
  transportEntries: {
    consentgraph: {
      options: {
        subscriptions: {
          kind: 'ws',
          options: { connectionParams: { authorization: '{context.headers.authorization}' } },
        },
      },
    },
  },
})
