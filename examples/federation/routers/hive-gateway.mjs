import { defineConfig } from '@graphql-hive/gateway'

const port = Number(process.env.PORT ?? 4200)

/** Consentgraph is followed over a WebSocket. */
const BY_SOCKET = {
  kind: 'ws',
  options: { connectionParams: { authorization: '{context.headers.authorization}' } },
}

/** Or it calls the router with each event, at an address that it can reach. */
const BY_CALLBACK = {
  kind: 'http-callback',
  headers: [['authorization', '{context.headers.authorization}']],
  options: { public_url: `http://127.0.0.1:${port}/callback`, heartbeat_interval: 5_000 },
}

/** Consentgraph checks the credential of whoever asks. The other subgraphs have no use for it, and do not get it. */
export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH ?? 'supergraph.graphql',
  host: '127.0.0.1',
  port,
  propagateHeaders: {
    fromClientToSubgraphs: ({ request, subgraphName }) =>
      subgraphName === 'consentgraph' ? { authorization: request.headers.get('authorization') } : {},
  },
  webhooks: true,
  transportEntries: {
    consentgraph: {
      options: { subscriptions: process.env.SUBSCRIBE_BY === 'callback' ? BY_CALLBACK : BY_SOCKET },
    },
  },
})
