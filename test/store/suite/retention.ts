import { beforeEach, describe, expect, test } from 'vitest'
import type { Consent } from '../../../src/domain/consent.ts'
import type { EventCursor, NewConsentEvent } from '../../../src/domain/event.ts'
import type { Remove } from '../../../src/domain/retention.ts'
import type { Scope, Store } from '../../../src/domain/store.ts'
import type { OpenedStore } from '../../contract/store-suite.ts'
import {
  at,
  newConsent,
  newEvent,
  newObservation,
  newRecord,
  newSession,
  newWebhookDelivery,
  newWebhookEndpoint,
  newWebhookMessage,
  next,
  put,
  settle,
  settleConsent,
} from '../entities.ts'

const OLD = at()
const BORDER = at(60)
const YOUNG = at(120)
const EVERYTHING = at(1_000_000)

const eventsAt = (consent: Consent, when: Date, count: number): readonly NewConsentEvent[] =>
  Array.from({ length: count }, () => ({ ...newEvent(consent), at: when }))

const append = (store: Store, events: readonly NewConsentEvent[]): Promise<void> =>
  put(store, ...events.map((event) => ({ kind: 'event.append', event }) as const))

const idsOf = (rows: readonly { readonly id: string }[]): readonly string[] => rows.map(({ id }) => id)

/** To the end, in parts. */
const removeAll = async (remove: Remove, before: Date, most = 1_000): Promise<number> => {
  for (let removed = 0; ;) {
    const part = await remove(before, most)
    expect(part.removed).toBeLessThanOrEqual(most)
    removed += part.removed
    if (!part.more) return removed
  }
}

export const describeRetention = (opened: OpenedStore): void => {
  beforeEach(async () => {
    await removeAll(opened().retention.events, EVERYTHING)
  })

  const pageAfter = (cursor: EventCursor | null, first = 100, scope: Scope = 'SYSTEM') =>
    opened().events.page(scope, {}, first, cursor)

  describe('old events', () => {
    test('go in the order they came, in parts, and a cursor that they lie behind says so', async () => {
      const store = opened()
      const { consent, ofClient } = await settleConsent(store)
      const start = await store.events.head()
      const old = eventsAt(consent, OLD, 5)
      const young = eventsAt(consent, YOUNG, 2)
      await append(store, old)
      await append(store, young)
      const { rows } = await pageAfter(start)
      expect(await store.retention.events(BORDER, 2)).toEqual({ removed: 2, more: true, heldBy: null })
      expect(idsOf((await pageAfter(rows[1]!.cursor)).rows)).toEqual(idsOf([...old.slice(2), ...young]))
      expect(await removeAll(store.retention.events, BORDER, 2)).toBe(3)
      expect(await store.retention.events(BORDER, 2)).toEqual({ removed: 0, more: false, heldBy: null })

      const head = await store.events.head()
      for (const cursor of [start, ...rows.slice(0, 4).map((row) => row.cursor)]) {
        for (const scope of ['SYSTEM', ofClient] as const) {
          await expect(pageAfter(cursor, 100, scope)).rejects.toMatchObject({
            code: 'CURSOR_EXPIRED',
            path: ['after'],
            resumeFrom: head,
          })
        }
      }
      // The last that went is the oldest place to go on from.
      expect(idsOf((await pageAfter(rows[4]!.cursor)).rows)).toEqual(idsOf(young))
      expect(idsOf((await pageAfter(null)).rows)).toEqual(idsOf(young))
      expect(await pageAfter(head)).toEqual({ rows: [], hasNextPage: false })
    })

    test('stay behind one that is younger', async () => {
      const store = opened()
      const { consent } = await settleConsent(store)
      const [first, second, third] = [OLD, YOUNG, OLD].map((when) => eventsAt(consent, when, 1)[0]!)
      for (const event of [first!, second!, third!]) await append(store, [event])
      expect(await store.retention.events(BORDER, 10)).toEqual({ removed: 1, more: false, heldBy: null })
      expect(idsOf((await pageAfter(null)).rows)).toEqual(idsOf([second!, third!]))
    })

    test('are gone for good, also for the head: what is new comes after it', async () => {
      const store = opened()
      const { consent } = await settleConsent(store)
      await append(store, eventsAt(consent, OLD, 3))
      const before = await store.events.head()
      expect(await removeAll(store.retention.events, BORDER)).toBe(3)
      const head = await store.events.head()
      expect(head).toBe(before)
      expect(await pageAfter(head)).toEqual({ rows: [], hasNextPage: false })
      const [event] = eventsAt(consent, YOUNG, 1)
      await append(store, [event!])
      expect(idsOf((await pageAfter(head)).rows)).toEqual([event!.id])
    })

    test('go once, whoever else is at it', async () => {
      const store = opened()
      const { consent } = await settleConsent(store)
      await append(store, eventsAt(consent, OLD, 200))
      const young = eventsAt(consent, YOUNG, 1)
      await append(store, young)
      const sweep = async (): Promise<number> => {
        let removed = 0
        for (let tries = 0; tries < 100; tries++) removed += (await store.retention.events(BORDER, 7)).removed
        return removed
      }
      const removed = await Promise.all([sweep(), sweep(), sweep(), sweep()])
      expect(removed.reduce((sum, count) => sum + count)).toBe(200)
      expect(idsOf((await pageAfter(null)).rows)).toEqual(idsOf(young))
    })

    test('wait for the webhook endpoints of their client that are switched on', async () => {
      const store = opened()
      const owner = await settleConsent(store)
      const other = await settleConsent(store)
      const quiet = await settle(store)
      const start = await store.events.head()
      const change = { cursor: start }
      const waiting = newWebhookEndpoint(owner.client.id, { ...change, url: 'https://a.example' })
      const off = newWebhookEndpoint(other.client.id, { ...change, enabled: false })
      const deleted = newWebhookEndpoint(other.client.id, { ...change, deletedAt: YOUNG })
      const nothingToTake = newWebhookEndpoint(quiet.client.id, change)
      await put(
        store,
        ...[waiting, off, deleted, nothingToTake].map((endpoint) => ({ kind: 'webhook.insert', endpoint }) as const),
      )
      const before = eventsAt(other.consent, OLD, 2)
      const own = eventsAt(owner.consent, OLD, 2)
      const after = eventsAt(other.consent, OLD, 2)
      for (const events of [before, own, after]) await append(store, events)

      expect(await store.retention.events(BORDER, 100)).toEqual({ removed: 2, more: false, heldBy: waiting.id })
      expect(await store.retention.events(BORDER, 100)).toEqual({ removed: 0, more: false, heldBy: waiting.id })
      // Its cursor lies before the horizon, and it misses nothing.
      await expect(pageAfter(start)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
      const untaken = await store.events.untaken(waiting, 1)
      expect(idsOf(untaken.rows)).toEqual([own[0]!.id])
      expect(untaken.hasNextPage).toBe(true)

      const take = async (from: EventCursor, to: EventCursor) =>
        await put(store, { kind: 'webhook.take', endpointId: waiting.id, from, to, messages: [] })
      await take(start, untaken.rows[0]!.cursor)
      expect(await store.retention.events(BORDER, 100)).toEqual({ removed: 1, more: false, heldBy: waiting.id })
      const rest = await store.events.untaken({ ...waiting, cursor: untaken.rows[0]!.cursor }, 10)
      expect(idsOf(rest.rows)).toEqual([own[1]!.id])
      await take(untaken.rows[0]!.cursor, rest.rows[0]!.cursor)
      expect(await store.retention.events(BORDER, 100)).toEqual({ removed: 3, more: false, heldBy: null })
      expect(await store.events.untaken(nothingToTake, 10)).toEqual({ rows: [], hasNextPage: false })
    })

    test('are all there or said to be gone, for whoever goes on reading while they are removed', async () => {
      const store = opened()
      const { consent, ofClient } = await settleConsent(store)
      const other = await settleConsent(store)
      for (let round = 0; round < 5; round++) {
        const start = await store.events.head()
        const log: NewConsentEvent[] = []
        for (let part = 0; part < 12; part++) {
          const own = eventsAt(consent, OLD, 5)
          await append(store, [...own, ...eventsAt(other.consent, OLD, 3)])
          log.push(...own)
        }
        const cursors = [start, ...(await pageAfter(start, 1_000, ofClient)).rows.map(({ cursor }) => cursor)]
        const resume = async (place: number, first: number): Promise<'ALL' | 'EXPIRED'> => {
          const read: string[] = []
          const expected = idsOf(log.slice(place))
          try {
            for (let cursor = cursors[place]!, more = true; more;) {
              const page = await pageAfter(cursor, first, ofClient)
              read.push(...idsOf(page.rows))
              cursor = page.rows.at(-1)?.cursor ?? cursor
              more = page.hasNextPage
            }
          } catch (error) {
            expect(error).toMatchObject({ code: 'CURSOR_EXPIRED' })
            expect(read).toEqual(expected.slice(0, read.length))
            return 'EXPIRED'
          }
          expect(read).toEqual(expected)
          return 'ALL'
        }
        const sweep = async (): Promise<void> => {
          while ((await store.retention.events(BORDER, 9)).more);
        }
        const readers = Array.from({ length: 24 }, (_, index) => resume((index * 7) % cursors.length, 1 + (index % 11)))
        await Promise.all([sweep(), ...readers])
        expect(await resume(0, 7)).toBe('EXPIRED')
      }
    })
  })

  test('observations stay while their consent lives, or may still live at the bank', async () => {
    const store = opened()
    const { user, ofClient } = await settle(store)
    const revocation = { attempts: 1, requestedAt: OLD, nextAttemptAt: null, confirmedAt: null, lastProblem: null }
    const gone = newConsent(user, { status: 'EXPIRED', updatedAt: OLD })
    const confirmed = newConsent(user, {
      status: 'REVOKED',
      updatedAt: OLD,
      revocation: { ...revocation, state: 'CONFIRMED', confirmedAt: OLD },
    })
    const live = newConsent(user, { status: 'AUTHORIZED', updatedAt: OLD })
    const pending = newConsent(user, {
      status: 'REVOKED',
      updatedAt: OLD,
      revocation: { ...revocation, state: 'NEEDS_ATTENTION' },
    })
    const recent = newConsent(user, { status: 'EXPIRED', updatedAt: YOUNG })
    const consents = [gone, live, confirmed, pending, recent]
    await put(store, ...consents.map((consent) => ({ kind: 'consent.insert', consent }) as const))
    for (const providerRaw of ['ONE', 'TWO', 'THREE']) {
      await put(
        store,
        ...consents.map(
          ({ id }) =>
            ({ kind: 'observation.append', observation: newObservation(id, { at: OLD, providerRaw }) }) as const,
        ),
      )
    }
    const late = newObservation(gone.id, { at: YOUNG })
    await put(store, { kind: 'observation.append', observation: late })
    let removed = 0
    for (let after: number | null = 0; after !== null;) {
      const part: { removed: number; next: number | null } = await store.retention.observations(BORDER, 4, after)
      removed += part.removed
      after = part.next
    }
    expect(removed).toBe(6)
    const left = async ({ id }: Consent) => (await store.observations.page(ofClient, id, 10, null)).rows.length
    expect(await Promise.all(consents.map(left))).toEqual([1, 3, 0, 3, 3])
  })

  test('idempotency records go with their age', async () => {
    const store = opened()
    const { client, user } = await settle(store)
    const records = [OLD, OLD, OLD, YOUNG].map((createdAt, index) =>
      newRecord(client.id, index === 1 ? user.id : null, { key: `key-${index}`, createdAt }),
    )
    await put(store, ...records.map((record) => ({ kind: 'idempotency.claim', record }) as const))
    expect(await store.retention.idempotency(BORDER, 2)).toEqual({ removed: 2, more: true })
    expect(await store.retention.idempotency(BORDER, 2)).toEqual({ removed: 1, more: false })
    const found = await Promise.all(records.map((record) => store.idempotency.find(record)))
    expect(found).toEqual([null, null, null, records[3]])
  })

  test('webhook deliveries go with their age, and deleted endpoints after them', async () => {
    const store = opened()
    const { client, ofClient } = await settle(store)
    const live = newWebhookEndpoint(client.id, { url: 'https://live.example' })
    const deleted = newWebhookEndpoint(client.id, { url: 'https://deleted.example' })
    const messages = [live, live, deleted].map((endpoint) => newWebhookMessage(endpoint))
    const deliveries = messages.map((message, index) =>
      newWebhookDelivery(message, { attemptedAt: index === 1 ? YOUNG : OLD }),
    )
    await put(
      store,
      ...[live, deleted].map((endpoint) => ({ kind: 'webhook.insert', endpoint }) as const),
      ...deliveries.map((delivery) => ({ kind: 'webhook.attempted', delivery }) as const),
      { kind: 'webhook.message', message: newWebhookMessage(deleted) },
      { kind: 'webhook.update', endpoint: next(deleted, { enabled: false, deletedAt: OLD }) },
    )
    expect(await removeAll(store.retention.webhookEndpoints, BORDER)).toBe(0)
    expect(await removeAll(store.retention.webhookDeliveries, BORDER, 1)).toBe(2)
    expect((await store.webhooks.deliveries(ofClient, live.id, { first: 10, after: null })).rows).toEqual([
      deliveries[1],
    ])
    expect(await removeAll(store.retention.webhookEndpoints, BORDER)).toBe(0)
    await put(store, { kind: 'webhook.discard', endpointId: deleted.id })
    expect(await removeAll(store.retention.webhookEndpoints, OLD)).toBe(0)
    expect(await removeAll(store.retention.webhookEndpoints, BORDER)).toBe(1)
    expect(await store.webhooks.byIds('SYSTEM', [live.id, deleted.id])).toEqual([live, null])
  })

  test('the state of a session is emptied some time after its end, and the session stays', async () => {
    const store = opened()
    const { consent, ofUser } = await settleConsent(store)
    const change = { state: { token: 'secret' }, updatedAt: OLD, expiresAt: OLD } as const
    const ended = newSession(consent, { ...change, status: 'COMPLETED' })
    const open = newSession(consent, { ...change, status: 'VERIFYING' })
    const recent = newSession(consent, { ...change, status: 'FAILED', updatedAt: YOUNG })
    const inTime = newSession(consent, { ...change, status: 'CANCELLED', expiresAt: YOUNG })
    const sessions = [ended, open, recent, inTime]
    await put(store, ...sessions.map((session) => ({ kind: 'session.insert', session }) as const))
    expect(await removeAll(store.retention.sessionStates, BORDER, 1)).toBe(1)
    expect(await removeAll(store.retention.sessionStates, BORDER, 1)).toBe(0)
    expect(
      await store.sessions.byIds(
        ofUser,
        sessions.map(({ id }) => id),
      ),
    ).toEqual([{ ...ended, state: {} }, open, recent, inTime])
    // What is empty is sealed by no key.
    expect((await store.keys.usage()).filter(({ state }) => state === 'MISSING')).toEqual([])
    for await (const { unreadable } of store.keys.rewrap(10)) expect(unreadable).toBe(0)
  })
}
