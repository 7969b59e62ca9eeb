import { GatewayError } from '../../domain/errors.ts'
import type { ClientId, WebhookEndpointId } from '../../domain/ids.ts'
import { scopeOf, type Viewer } from '../../domain/viewer.ts'
import type { WebhookEndpoint, WebhookSender } from '../../domain/webhook.ts'
import { commitOrThrow, untilCommitted } from '../commit.ts'
import type { ServiceContext } from '../context.ts'
import { jobOf, switchOn } from './switching.ts'

/**
 * The endpoint for an address that a consent names. What the client has registered is taken as it is. In development any other
 * address becomes an endpoint too, which gets nothing else.
 *
 * @throws GatewayError NOT_ALLOWED
 */
export type NameEndpoint = (viewer: Viewer, url: string) => Promise<WebhookEndpointId>

const notAllowed = (message: string): GatewayError =>
  new GatewayError('NOT_ALLOWED', { message, path: ['input', 'webhookUrl'] })

export interface NameEndpointOptions {
  /** May it be an address that is not registered? */
  readonly anyUrl: boolean
  /** What signs for such an address. */
  readonly secretOf: (clientId: ClientId) => string
  readonly sender: Pick<WebhookSender, 'permits'>
}

export const createNameEndpoint =
  (
    { store, ids }: Pick<ServiceContext, 'store' | 'ids'>,
    { anyUrl, secretOf, sender }: NameEndpointOptions,
  ): NameEndpoint =>
  async (viewer, url) => {
    if (viewer.user !== null) throw notAllowed('A `webhookUrl` is for API keys: a user token cannot give one.')

    const insert = async (): Promise<WebhookEndpointId> => {
      if (!(await sender.permits(url))) throw notAllowed('This address may not be called.')
      const now = new Date()
      const endpoint: WebhookEndpoint = {
        id: ids.next('whe'),
        clientId: viewer.client.id,
        url,
        eventTypes: [],
        onlyNamed: true,
        enabled: true,
        secrets: { current: secretOf(viewer.client.id), former: [] },
        cursor: await store.events.head(),
        version: 1,
        testedAt: null,
        createdAt: now,
        deletedAt: null,
      }
      await commitOrThrow(store, [
        { kind: 'webhook.insert', endpoint },
        { kind: 'job.schedule', job: jobOf(endpoint), dueAt: now },
      ])
      return endpoint.id
    }

    const revive = async (endpoint: WebhookEndpoint): Promise<void> =>
      await commitOrThrow(store, [
        { kind: 'webhook.update', endpoint: { ...endpoint, enabled: true, version: endpoint.version + 1 } },
        ...(await switchOn(store, endpoint, new Date())),
      ])

    return await untilCommitted(async () => {
      const endpoint = await store.webhooks.byUrl(scopeOf(viewer), url)
      if (endpoint === null) {
        if (anyUrl) return await insert()
        throw notAllowed(
          'This address is not registered for the API client. Register it with `createWebhookEndpoint`, or leave `webhookUrl` out.',
        )
      }
      if (endpoint.enabled) return endpoint.id
      if (!endpoint.onlyNamed)
        throw notAllowed('The webhook endpoint of this address is switched off. Switch it on first.')
      await revive(endpoint)
      return endpoint.id
    })
  }
