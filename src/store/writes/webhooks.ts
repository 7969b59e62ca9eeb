import type { Sealer } from '../../domain/sealing.ts'
import type { Engine } from '../engine.ts'
import { prepare } from '../prepared.ts'
import { pick } from '../rows/row.ts'
import {
  createEndpointRows,
  DELIVERY_COLUMNS,
  ENDPOINT_COLUMNS,
  MESSAGE_COLUMNS,
  toDeliveryRow,
  toMessageRow,
} from '../rows/webhook-rows.ts'
import type { WebhookDeliveryTable, WebhookEndpointTable, WebhookMessageTable } from '../schema.ts'
import { any, one, type WriteTable } from './write-table.ts'

const CHANGES = ENDPOINT_COLUMNS.filter((column) => !['id', 'client_id', 'cursor', 'created_at'].includes(column))

interface Move {
  readonly id: string
  readonly from: string
  readonly to: string
}

export const createWebhookWrites = (
  { sql }: Engine,
  sealer: Sealer,
): WriteTable<
  | 'webhook.insert'
  | 'webhook.update'
  | 'webhook.skip'
  | 'webhook.take'
  | 'webhook.message'
  | 'webhook.attempted'
  | 'webhook.discard'
> => {
  const endpoints = createEndpointRows(sealer)
  const insertEndpoint = prepare((row: WebhookEndpointTable) =>
    sql.insertInto('webhook_endpoints').values(pick(row, ENDPOINT_COLUMNS)),
  )
  const updateEndpoint = prepare((row: WebhookEndpointTable & { readonly previous: number }) =>
    sql
      .updateTable('webhook_endpoints')
      .set(pick(row, CHANGES))
      .where('id', '=', row.id)
      .where('client_id', '=', row.client_id)
      .where('version', '=', row.previous),
  )
  const skip = prepare((move: Omit<Move, 'from'>) =>
    sql.updateTable('webhook_endpoints').set({ cursor: move.to }).where('id', '=', move.id),
  )
  const advance = prepare((move: Move) =>
    sql
      .updateTable('webhook_endpoints')
      .set({ cursor: move.to })
      .where('id', '=', move.id)
      .where('cursor', '=', move.from)
      .where('enabled', '=', 1)
      .where('deleted_at', 'is', null),
  )
  const insertMessage = prepare((row: WebhookMessageTable) =>
    sql
      .insertInto('webhook_messages')
      .values(pick(row, MESSAGE_COLUMNS))
      .onConflict((taken) => taken.columns(['endpoint_id', 'event_id']).doNothing()),
  )
  const insertDelivery = prepare((row: WebhookDeliveryTable) =>
    sql.insertInto('webhook_deliveries').values(pick(row, DELIVERY_COLUMNS)),
  )
  const postpone = prepare((row: Pick<WebhookMessageTable, 'endpoint_id' | 'event_id' | 'attempts' | 'due_at'>) =>
    sql
      .updateTable('webhook_messages')
      .set({ attempts: row.attempts, due_at: row.due_at })
      .where('endpoint_id', '=', row.endpoint_id)
      .where('event_id', '=', row.event_id),
  )
  const endMessage = prepare((row: Pick<WebhookMessageTable, 'endpoint_id' | 'event_id'>) =>
    sql.deleteFrom('webhook_messages').where('endpoint_id', '=', row.endpoint_id).where('event_id', '=', row.event_id),
  )
  const discard = prepare((row: { readonly endpoint_id: string }) =>
    sql.deleteFrom('webhook_messages').where('endpoint_id', '=', row.endpoint_id),
  )
  const expectNoMore = prepare((row: { readonly endpoint_id: string }) =>
    sql
      .updateTable('webhook_deliveries')
      .set({ next_attempt_at: null })
      .where('endpoint_id', '=', row.endpoint_id)
      .where('next_attempt_at', 'is not', null),
  )

  return {
    'webhook.insert': ({ endpoint }) => [one(insertEndpoint(endpoints.toRow(endpoint)))],
    'webhook.update': ({ endpoint }) => [
      one(updateEndpoint({ ...endpoints.toRow(endpoint), previous: endpoint.version - 1 })),
    ],
    'webhook.skip': ({ endpointId, to }) => [any(skip({ id: endpointId, to }))],
    'webhook.take': ({ endpointId, from, to, messages }) => [
      one(advance({ id: endpointId, from, to })),
      ...messages.map((message) => any(insertMessage(toMessageRow(message)))),
    ],
    'webhook.message': ({ message }) => [one(insertMessage(toMessageRow(message)))],
    'webhook.attempted': ({ delivery }) => {
      const row = toDeliveryRow(delivery)
      return [
        one(insertDelivery(row)),
        any(
          row.next_attempt_at === null
            ? endMessage(row)
            : postpone({ ...row, attempts: row.attempt, due_at: row.next_attempt_at }),
        ),
      ]
    },
    'webhook.discard': ({ endpointId: endpoint_id }) => [
      any(discard({ endpoint_id })),
      any(expectNoMore({ endpoint_id })),
    ],
  }
}
