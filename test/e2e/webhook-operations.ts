import type { AskOptions, GatewayProcess } from './gateway-process.ts'

export interface Delivery {
  readonly eventId: string
  readonly eventType: string
  readonly attempt: number
  readonly attemptedAt: string
  readonly httpStatus: number | null
  readonly error: string | null
  readonly nextAttemptAt: string | null
  readonly delivered: boolean
}

export interface Endpoint {
  readonly id: string
  readonly endpointUrl: string
  readonly eventTypes: readonly string[]
  readonly onlyNamed: boolean
  readonly enabled: boolean
  readonly createdAt: string
}

export interface EndpointPayload {
  readonly endpoint: Endpoint | null
  readonly secret: string | null
  readonly userErrors: readonly { readonly code: string; readonly path: readonly string[] | null }[]
}

type Name =
  | 'createWebhookEndpoint'
  | 'updateWebhookEndpoint'
  | 'rotateWebhookSecret'
  | 'deleteWebhookEndpoint'
  | 'testWebhookEndpoint'

const ENDPOINT = 'id endpointUrl eventTypes onlyNamed enabled createdAt'
const DELIVERY = 'eventId eventType attempt attemptedAt httpStatus error nextAttemptAt delivered'

export const webhookOperationsOf = (gateway: GatewayProcess, options: AskOptions = {}) => ({
  run: async (name: Name, input: object): Promise<EndpointPayload> => {
    const type = `${name === 'createWebhookEndpoint' ? 'Create' : name === 'updateWebhookEndpoint' ? 'Update' : ''}WebhookEndpointInput`
    const data = await gateway.graphql<Record<Name, EndpointPayload>>(
      `mutation ($input: ${type}!) { ${name}(input: $input) {
        endpoint { ${ENDPOINT} } secret userErrors { ... on UserError { code path } } } }`,
      { input },
      options,
    )
    return data[name]
  },
  /** Newest first. */
  list: async (): Promise<readonly Endpoint[]> => {
    const { webhookEndpoints } = await gateway.graphql<{ webhookEndpoints: { nodes: readonly Endpoint[] } }>(
      `{ webhookEndpoints(first: 100) { nodes { ${ENDPOINT} } } }`,
      {},
      options,
    )
    return webhookEndpoints.nodes
  },
  find: async (id: string): Promise<(Endpoint & { readonly deliveries: readonly Delivery[] }) | null> => {
    type Found = Endpoint & { readonly deliveries: { readonly nodes: readonly Delivery[] } }
    const { node } = await gateway.graphql<{ node: Found | null }>(
      `query ($id: ID!) { node(id: $id) { ... on WebhookEndpoint { ${ENDPOINT}
        deliveries(first: 100) { nodes { ${DELIVERY} } } } } }`,
      { id },
      options,
    )
    return node === null ? null : { ...node, deliveries: node.deliveries.nodes }
  },
})

export type WebhookOperations = ReturnType<typeof webhookOperationsOf>

/** The ids of all events so far, in their order. */
export const eventIdsOf = async (gateway: GatewayProcess): Promise<readonly string[]> => {
  const { consentEvents } = await gateway.graphql<{ consentEvents: { nodes: readonly { id: string }[] } }>(
    '{ consentEvents(first: 100) { nodes { id } } }',
  )
  return consentEvents.nodes.map(({ id }) => id)
}
