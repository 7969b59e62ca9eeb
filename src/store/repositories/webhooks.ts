import { type Expression, type SqlBool, sql } from 'kysely'
import type { Sealer } from '../../domain/sealing.ts'
import type { Scope, Store } from '../../domain/store.ts'
import type { Engine } from '../engine.ts'
import { prepare } from '../prepared.ts'
import { checkFirst, olderThan, toPage } from '../paging.ts'
import {
  createEndpointRows,
  DELIVERY_COLUMNS,
  ENDPOINT_COLUMNS,
  MESSAGE_COLUMNS,
  toDelivery,
  toMessage,
} from '../rows/webhook-rows.ts'
import { word } from '../rows/row.ts'
import type { WebhookDeliveryTable, WebhookEndpointTable, WebhookMessageTable } from '../schema.ts'
import { type Owner, ownerOf, type Sight, sightOf, visible } from '../scope.ts'
import { createKeyRead, matchByKey, readRows, toStatement } from './read.ts'

/** They belong to a client alone. */
const ownedBy = (sight: Sight, owner: Owner): Expression<SqlBool> =>
  sight === 'USER' ? sql<SqlBool>`1 = 0` : visible(sight, owner, 'webhook_endpoints')

export const createWebhookReads = (engine: Engine, sealer: Sealer): Store['webhooks'] => {
  const { toEndpoint } = createEndpointRows(sealer)
  const endpoints = () => engine.sql.selectFrom('webhook_endpoints')
  const seenBy = (scope: Scope): Expression<SqlBool> => ownedBy(sightOf(scope), ownerOf(scope))

  const readById = createKeyRead<WebhookEndpointTable>(engine, ENDPOINT_COLUMNS, (ids, owner, sight) =>
    endpoints().select(ENDPOINT_COLUMNS).where('id', 'in', ids).where(ownedBy(sight, owner)),
  )
  const readActive = prepare((of: { readonly client_id: string }) =>
    endpoints()
      .select('id')
      .where('client_id', '=', of.client_id)
      .where('enabled', '=', 1)
      .where('deleted_at', 'is', null),
  )
  const readNaming = (endpointId: string, ids: readonly string[]) =>
    toStatement(
      engine.sql
        .selectFrom('consents')
        .select('id')
        .where('id', 'in', ids)
        .where('webhook_endpoint_id', '=', endpointId),
    )
  const readWaiting = prepare((of: { readonly endpoint_id: string; readonly first: number }) =>
    engine.sql
      .selectFrom('webhook_messages')
      .select(MESSAGE_COLUMNS)
      .where('endpoint_id', '=', of.endpoint_id)
      .orderBy('due_at')
      .orderBy('event_id')
      .limit(of.first),
  )

  return {
    byIds: async (scope, ids) => matchByKey(ids, await readById(scope, ids, {}), (row) => row.id, toEndpoint),
    page: async (scope, { first, after }) => {
      const rows = await readRows<WebhookEndpointTable>(
        engine,
        ENDPOINT_COLUMNS,
        toStatement(
          endpoints()
            .select(ENDPOINT_COLUMNS)
            .where(seenBy(scope))
            .where('deleted_at', 'is', null)
            .where(olderThan(after))
            .orderBy('created_at', 'desc')
            .orderBy('id', 'desc')
            .limit(checkFirst(first) + 1),
        ),
      )
      return toPage(rows.map(toEndpoint), first)
    },
    byUrl: async (scope, url) => {
      const [row] = await readRows<WebhookEndpointTable>(
        engine,
        ENDPOINT_COLUMNS,
        toStatement(
          endpoints()
            .select(ENDPOINT_COLUMNS)
            .where(seenBy(scope))
            .where('url', '=', url)
            .where('deleted_at', 'is', null),
        ),
      )
      return row === undefined ? null : toEndpoint(row)
    },
    naming: async (id, consents) =>
      new Set(
        consents.length === 0
          ? []
          : (await engine.query(readNaming(id, consents))).map(([found]) => word(String(found))),
      ),
    activeOf: async (clientId) =>
      (await engine.query(readActive({ client_id: clientId }))).map(([id]) => word(String(id))),
    deliveries: async (scope, id, { first, after }) => {
      const rows = await readRows<WebhookDeliveryTable>(
        engine,
        DELIVERY_COLUMNS,
        toStatement(
          engine.sql
            .selectFrom('webhook_deliveries')
            .select(DELIVERY_COLUMNS)
            .where('endpoint_id', '=', id)
            .where(({ exists }) =>
              exists(
                endpoints().select('webhook_endpoints.id').where('webhook_endpoints.id', '=', id).where(seenBy(scope)),
              ),
            )
            .where(olderThan(after))
            .orderBy('created_at', 'desc')
            .orderBy('id', 'desc')
            .limit(checkFirst(first) + 1),
        ),
      )
      return toPage(rows.map(toDelivery), first)
    },
    waiting: async (id, first) =>
      (await readRows<WebhookMessageTable>(engine, MESSAGE_COLUMNS, readWaiting({ endpoint_id: id, first }))).map(
        toMessage,
      ),
  }
}
