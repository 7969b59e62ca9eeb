import { describe, expect, test } from 'vitest'
import type { EventCursor } from '../../../src/domain/event.ts'
import { randomIds } from '../../../src/domain/ids.ts'
import type { Store } from '../../../src/domain/store.ts'
import type { WebhookEndpoint } from '../../../src/domain/webhook.ts'
import type { OpenedStore } from '../../contract/store-suite.ts'
import {
  at,
  newConsent,
  newWebhookDelivery,
  newWebhookEndpoint,
  newWebhookMessage,
  next,
  put,
  settle,
} from '../entities.ts'

const FIRST = { first: 10, after: null } as const

const settleEndpoint = async (store: Store, change: Partial<WebhookEndpoint> = {}) => {
  const tenant = await settle(store)
  const endpoint = newWebhookEndpoint(tenant.client.id, { cursor: await store.events.head(), ...change })
  await put(store, { kind: 'webhook.insert', endpoint })
  return { ...tenant, endpoint }
}

const read = async (store: Store, { id }: WebhookEndpoint): Promise<WebhookEndpoint | null> =>
  (await store.webhooks.byIds('SYSTEM', [id]))[0] ?? null

export const describeWebhooks = (opened: OpenedStore): void => {
  describe('webhook endpoints', () => {
    test('come back as they were written, their secrets with them', async () => {
      const store = opened()
      const former = [{ secret: 'whsec_b2xk', until: at(60) }]
      const { endpoint, ofClient } = await settleEndpoint(store, {
        eventTypes: ['ConsentStatusChanged'],
        onlyNamed: true,
        secrets: { current: 'whsec_bmV3', former },
        testedAt: at(3),
      })
      expect(await store.webhooks.byIds(ofClient, [endpoint.id])).toEqual([endpoint])
      expect((await store.webhooks.page(ofClient, FIRST)).rows).toEqual([endpoint])
      expect(await store.webhooks.activeOf(endpoint.clientId)).toEqual([endpoint.id])
    })

    test('are listed newest first, page by page, without deleted ones', async () => {
      const store = opened()
      const { endpoint, client, ofClient } = await settleEndpoint(store)
      const newer = newWebhookEndpoint(client.id, { createdAt: at(1), url: 'https://two.example/' })
      const ended = newWebhookEndpoint(client.id, { createdAt: at(2), url: 'https://three.example/', deletedAt: at(3) })
      await put(store, ...[newer, ended].map((one) => ({ kind: 'webhook.insert', endpoint: one }) as const))
      const page = await store.webhooks.page(ofClient, { first: 1, after: null })
      expect(page).toEqual({ rows: [newer], hasNextPage: true })
      const after = { at: newer.createdAt, id: newer.id }
      expect(await store.webhooks.page(ofClient, { first: 1, after })).toEqual({ rows: [endpoint], hasNextPage: false })
      expect(await read(store, ended)).toEqual(ended)
    })

    test('are found by their address, by their own client, until they are deleted', async () => {
      const store = opened()
      const { endpoint, ofClient } = await settleEndpoint(store)
      const stranger = await settle(store)
      expect(await store.webhooks.byUrl(ofClient, endpoint.url)).toEqual(endpoint)
      expect(await store.webhooks.byUrl(ofClient, `${endpoint.url}/`)).toBeNull()
      expect(await store.webhooks.byUrl(stranger.ofClient, endpoint.url)).toBeNull()
      const ofUser = { clientId: endpoint.clientId, userId: randomIds.next('usr') }
      expect(await store.webhooks.byUrl(ofUser, endpoint.url)).toBeNull()
      await put(store, { kind: 'webhook.update', endpoint: next(endpoint, { deletedAt: at(1) }) })
      expect(await store.webhooks.byUrl(ofClient, endpoint.url)).toBeNull()
    })

    test('know the consents that name them', async () => {
      const store = opened()
      const { endpoint, user } = await settleEndpoint(store)
      const naming = newConsent(user, { webhookEndpointId: endpoint.id })
      const other = newConsent(user, { webhookEndpointId: randomIds.next('whe') })
      const none = newConsent(user)
      await put(store, ...[naming, other, none].map((consent) => ({ kind: 'consent.insert', consent }) as const))
      const asked = [none.id, naming.id, other.id]
      expect(await store.webhooks.naming(endpoint.id, asked)).toEqual(new Set([naming.id]))
      expect(await store.webhooks.naming(endpoint.id, [other.id])).toEqual(new Set())
      expect(await store.webhooks.naming(endpoint.id, [])).toEqual(new Set())
    })

    test('share an address neither at insert nor at update, but with another client and with a deleted one', async () => {
      const store = opened()
      const { endpoint, client } = await settleEndpoint(store)
      const other = newWebhookEndpoint(client.id)
      expect(await store.commit([{ kind: 'webhook.insert', endpoint: other }])).toEqual({
        committed: false,
        conflict: 'webhook.insert',
      })
      const elsewhere = { ...other, url: 'https://other.example/' }
      await put(store, { kind: 'webhook.insert', endpoint: elsewhere })
      const moved = next(elsewhere, { url: endpoint.url })
      expect(await store.commit([{ kind: 'webhook.update', endpoint: moved }])).toEqual({
        committed: false,
        conflict: 'webhook.update',
      })
      await put(store, { kind: 'webhook.update', endpoint: next(endpoint, { deletedAt: at(1), secrets: null }) })
      await put(store, { kind: 'webhook.update', endpoint: moved })
      await settleEndpoint(store)
    })

    test('are changed by version, and their cursor is not', async () => {
      const store = opened()
      const { endpoint } = await settleEndpoint(store)
      const changed = next(endpoint, { enabled: false, cursor: 'elsewhere' as EventCursor })
      await put(store, { kind: 'webhook.update', endpoint: changed })
      expect(await store.commit([{ kind: 'webhook.update', endpoint: changed }])).toEqual({
        committed: false,
        conflict: 'webhook.update',
      })
      expect(await read(store, endpoint)).toEqual({ ...changed, cursor: endpoint.cursor })
      expect(await store.webhooks.activeOf(endpoint.clientId)).toEqual([])
    })
  })

  describe('webhook messages', () => {
    test('are taken once: with the cursor, or not at all', async () => {
      const store = opened()
      const { endpoint } = await settleEndpoint(store)
      const to = 'further' as EventCursor
      const message = newWebhookMessage(endpoint)
      const take = {
        kind: 'webhook.take',
        endpointId: endpoint.id,
        from: endpoint.cursor,
        to,
        messages: [message],
      } as const
      const takes = await Promise.all([store.commit([take]), store.commit([take])])
      expect(takes).toContainEqual({ committed: true })
      expect(takes).toContainEqual({ committed: false, conflict: 'webhook.take' })
      expect(await read(store, endpoint)).toEqual({ ...endpoint, cursor: to })
      expect(await store.webhooks.waiting(endpoint.id, 5)).toEqual([message])
      // Passed again, after the cursor was put back, it is still one.
      await put(store, { kind: 'webhook.skip', endpointId: endpoint.id, to: endpoint.cursor }, take)
      expect(await store.webhooks.waiting(endpoint.id, 5)).toEqual([message])
    })

    test('are not taken by an endpoint that is switched off or deleted', async () => {
      const store = opened()
      for (const change of [{ enabled: false }, { deletedAt: at() }]) {
        const { endpoint } = await settleEndpoint(store, change)
        const { id: endpointId, cursor } = endpoint
        expect(
          await store.commit([{ kind: 'webhook.take', endpointId, from: cursor, to: cursor, messages: [] }]),
        ).toEqual({ committed: false, conflict: 'webhook.take' })
      }
    })

    test('wait in the order they are due; an attempt puts one off or ends it, and is logged once', async () => {
      const store = opened()
      const { endpoint, ofClient } = await settleEndpoint(store)
      const [late, soon] = [
        newWebhookMessage(endpoint, { dueAt: at(2) }),
        newWebhookMessage(endpoint, { dueAt: at(1) }),
      ]
      await put(store, ...[late, soon].map((message) => ({ kind: 'webhook.message', message }) as const))
      expect(await store.webhooks.waiting(endpoint.id, 5)).toEqual([soon, late])
      expect(await store.webhooks.waiting(endpoint.id, 1)).toEqual([soon])

      const failed = newWebhookDelivery(soon, { nextAttemptAt: at(5), attemptedAt: at(1), error: 'connection refused' })
      await put(store, { kind: 'webhook.attempted', delivery: failed })
      const twin = { ...failed, id: randomIds.next('whd') }
      expect(await store.commit([{ kind: 'webhook.attempted', delivery: twin }])).toEqual({
        committed: false,
        conflict: 'webhook.attempted',
      })
      expect(await store.webhooks.waiting(endpoint.id, 5)).toEqual([late, { ...soon, attempts: 1, dueAt: at(5) }])
      const done = newWebhookDelivery(late, { httpStatus: 204, delivered: true, attemptedAt: at(2) })
      await put(store, { kind: 'webhook.attempted', delivery: done })
      expect(await store.webhooks.waiting(endpoint.id, 5)).toEqual([{ ...soon, attempts: 1, dueAt: at(5) }])
      expect((await store.webhooks.deliveries(ofClient, endpoint.id, FIRST)).rows).toEqual([done, failed])
      expect((await store.webhooks.deliveries(ofClient, endpoint.id, { first: 1, after: null })).hasNextPage).toBe(true)

      await put(store, { kind: 'webhook.discard', endpointId: endpoint.id })
      expect(await store.webhooks.waiting(endpoint.id, 5)).toEqual([])
      const [, quiet] = (await store.webhooks.deliveries(ofClient, endpoint.id, FIRST)).rows
      expect(quiet).toEqual({ ...failed, nextAttemptAt: null })
    })

    test('of one endpoint are none of another', async () => {
      const store = opened()
      const { endpoint } = await settleEndpoint(store)
      const other = await settleEndpoint(store)
      const message = newWebhookMessage(endpoint)
      await put(
        store,
        { kind: 'webhook.message', message },
        { kind: 'webhook.message', message: { ...message, endpointId: other.endpoint.id } },
        { kind: 'webhook.discard', endpointId: endpoint.id },
      )
      expect(await store.webhooks.waiting(other.endpoint.id, 5)).toHaveLength(1)
    })
  })

  describe('webhook isolation', () => {
    test('no read shows an endpoint or its log to another client, nor to any user', async () => {
      const store = opened()
      const owner = await settleEndpoint(store)
      const stranger = await settle(store)
      const delivery = newWebhookDelivery(newWebhookMessage(owner.endpoint))
      await put(store, { kind: 'webhook.attempted', delivery })
      for (const scope of [owner.ofUser, stranger.ofClient, stranger.ofUser]) {
        expect(await store.webhooks.byIds(scope, [owner.endpoint.id])).toEqual([null])
        expect((await store.webhooks.page(scope, FIRST)).rows).toEqual([])
        expect((await store.webhooks.deliveries(scope, owner.endpoint.id, FIRST)).rows).toEqual([])
      }
      expect((await store.webhooks.deliveries(owner.ofClient, owner.endpoint.id, FIRST)).rows).toEqual([delivery])
      expect(await store.webhooks.activeOf(stranger.client.id)).toEqual([])
      const stolen = next({ ...owner.endpoint, clientId: stranger.client.id })
      expect(await store.commit([{ kind: 'webhook.update', endpoint: stolen }])).toMatchObject({ committed: false })
    })
  })

  describe('a job that is hastened', () => {
    test('is due sooner, never later, and stays with its holder', async () => {
      const store = opened()
      const { endpoint } = await settleEndpoint(store)
      const job = { kind: 'SEND_WEBHOOKS', subject: endpoint.id } as const
      const claim = async (minutes: number) => {
        const due = { kinds: [job.kind], dueBefore: at(minutes), leaseMs: 600_000, limit: 1_000 }
        return (await store.jobs.claim(due)).find(({ subject }) => subject === endpoint.id)
      }
      await put(store, { kind: 'job.hasten', job, dueAt: at(0) })
      expect(await claim(0)).toBeUndefined()
      await put(store, { kind: 'job.schedule', job, dueAt: at(5) }, { kind: 'job.hasten', job, dueAt: at(9) })
      expect(await claim(4)).toBeUndefined()
      await put(store, { kind: 'job.hasten', job, dueAt: at(3) })
      const held = await claim(3)
      expect(held).toMatchObject({ dueAt: at(3) })
      await put(store, { kind: 'job.hasten', job, dueAt: at(1) })
      expect(await claim(3)).toBeUndefined()
      await put(store, { kind: 'job.finish', job, fence: held!.fence, again: null })
    })
  })
}
