import type { Selectable } from 'kysely'
import type { Sealer } from '../../domain/sealing.ts'
import type { WebhookDelivery, WebhookEndpoint, WebhookMessage } from '../../domain/webhook.ts'
import type { WebhookDeliveryTable, WebhookEndpointTable, WebhookMessageTable } from '../schema.ts'
import { mapNullable, parseDocument, parseWebhookSecrets, toDocument, toInstant, toMillis } from './document.ts'
import { columnsOf, sealColumn, word } from './row.ts'

export const ENDPOINT_COLUMNS = columnsOf<WebhookEndpointTable>({
  id: true,
  client_id: true,
  url: true,
  event_types: true,
  only_named: true,
  enabled: true,
  secrets: true,
  cursor: true,
  version: true,
  tested_at: true,
  created_at: true,
  deleted_at: true,
})

export const createEndpointRows = (sealer: Sealer) => {
  const secrets = sealColumn(sealer, 'webhook_endpoints', 'secrets')
  return {
    toRow: (endpoint: WebhookEndpoint): WebhookEndpointTable => ({
      id: endpoint.id,
      client_id: endpoint.clientId,
      url: endpoint.url,
      event_types: toDocument(endpoint.eventTypes),
      only_named: endpoint.onlyNamed ? 1 : 0,
      enabled: endpoint.enabled ? 1 : 0,
      secrets: mapNullable(endpoint.secrets, (value) => secrets.seal(value, endpoint.id)),
      cursor: endpoint.cursor,
      version: endpoint.version,
      tested_at: toMillis(endpoint.testedAt),
      created_at: endpoint.createdAt.getTime(),
      deleted_at: toMillis(endpoint.deletedAt),
    }),
    toEndpoint: (row: Selectable<WebhookEndpointTable>): WebhookEndpoint => ({
      id: word(row.id),
      clientId: word(row.client_id),
      url: row.url,
      eventTypes: parseDocument<WebhookEndpoint['eventTypes']>(row.event_types),
      onlyNamed: row.only_named === 1,
      enabled: row.enabled === 1,
      secrets: mapNullable(row.secrets, (sealed) => parseWebhookSecrets(secrets.open(sealed, row.id))),
      cursor: row.cursor as WebhookEndpoint['cursor'],
      version: row.version,
      testedAt: toInstant(row.tested_at),
      createdAt: new Date(row.created_at),
      deletedAt: toInstant(row.deleted_at),
    }),
  }
}

export const MESSAGE_COLUMNS = columnsOf<WebhookMessageTable>({
  endpoint_id: true,
  event_id: true,
  event_type: true,
  body: true,
  attempts: true,
  due_at: true,
  created_at: true,
})

export const toMessageRow = (message: WebhookMessage): WebhookMessageTable => ({
  endpoint_id: message.endpointId,
  event_id: message.eventId,
  event_type: message.eventType,
  body: message.body,
  attempts: message.attempts,
  due_at: message.dueAt.getTime(),
  created_at: message.createdAt.getTime(),
})

export const toMessage = (row: Selectable<WebhookMessageTable>): WebhookMessage => ({
  endpointId: word(row.endpoint_id),
  eventId: word(row.event_id),
  eventType: word(row.event_type),
  body: row.body,
  attempts: row.attempts,
  dueAt: new Date(row.due_at),
  createdAt: new Date(row.created_at),
})

export const DELIVERY_COLUMNS = columnsOf<WebhookDeliveryTable>({
  id: true,
  endpoint_id: true,
  event_id: true,
  event_type: true,
  attempt: true,
  http_status: true,
  error: true,
  next_attempt_at: true,
  delivered: true,
  created_at: true,
})

export const toDeliveryRow = (delivery: WebhookDelivery): WebhookDeliveryTable => ({
  id: delivery.id,
  endpoint_id: delivery.endpointId,
  event_id: delivery.eventId,
  event_type: delivery.eventType,
  attempt: delivery.attempt,
  http_status: delivery.httpStatus,
  error: delivery.error,
  next_attempt_at: toMillis(delivery.nextAttemptAt),
  delivered: delivery.delivered ? 1 : 0,
  created_at: delivery.attemptedAt.getTime(),
})

export const toDelivery = (row: Selectable<WebhookDeliveryTable>): WebhookDelivery => ({
  id: word(row.id),
  endpointId: word(row.endpoint_id),
  eventId: word(row.event_id),
  eventType: word(row.event_type),
  attempt: row.attempt,
  attemptedAt: new Date(row.created_at),
  httpStatus: row.http_status,
  error: row.error,
  nextAttemptAt: toInstant(row.next_attempt_at),
  delivered: row.delivered === 1,
})
