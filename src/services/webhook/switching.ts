import type { Store, Write } from '../../domain/store.ts'
import type { WebhookEndpoint } from '../../domain/webhook.ts'

export const jobOf = ({ id }: WebhookEndpoint) => ({ kind: 'SEND_WEBHOOKS', subject: id }) as const

/** What happened while it was off is not sent. */
export const switchOn = async (store: Store, endpoint: WebhookEndpoint, now: Date): Promise<readonly Write[]> => [
  { kind: 'webhook.skip', endpointId: endpoint.id, to: await store.events.head() },
  { kind: 'job.schedule', job: jobOf(endpoint), dueAt: now },
]

export const switchOff = (endpoint: WebhookEndpoint): readonly Write[] => [
  { kind: 'webhook.discard', endpointId: endpoint.id },
  { kind: 'job.drop', job: jobOf(endpoint) },
]
