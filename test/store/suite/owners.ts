import { describe, expect, test } from 'vitest'
import { randomIds } from '../../../src/domain/ids.ts'
import type { OpenedStore } from '../../contract/store-suite.ts'
import { at, newClient, newErasure, newLink, newRecord, newUser, put, settle } from '../entities.ts'

export const describeOwners = (opened: OpenedStore): void => {
  describe('clients', () => {
    test('are read by id and by the hash of their key, and replaced', async () => {
      const store = opened()
      const client = newClient({ scopes: ['consents', 'users'], returnTo: ['https://acme.example/done'] })
      await put(store, { kind: 'client.put', client })
      expect(await store.clients.byId(client.id)).toEqual(client)
      expect(await store.clients.byKeyHash(client.keyHash)).toEqual(client)

      const renewed = { ...client, keyHash: `renewed ${client.keyHash}`, returnTo: [] }
      await put(store, { kind: 'client.put', client: renewed })
      expect(await store.clients.byId(client.id)).toEqual(renewed)
      expect(await store.clients.byKeyHash(client.keyHash)).toBeNull()
      expect(await store.clients.byId('cli_nobody')).toBeNull()
    })

    test('cannot take the key of another', async () => {
      const store = opened()
      const { client } = await settle(store)
      const thief = newClient({ keyHash: client.keyHash })
      expect(await store.commit([{ kind: 'client.put', client: thief }])).toEqual({
        committed: false,
        conflict: 'client.put',
      })
      expect(await store.clients.byKeyHash(client.keyHash)).toEqual(client)
    })
  })

  describe('users', () => {
    test('are read by id in the order of the keys, one answer per key', async () => {
      const store = opened()
      const { client, user, ofClient } = await settle(store)
      const other = newUser(client.id)
      await put(store, { kind: 'user.insert', user: other })
      expect(await store.users.byIds(ofClient, [other.id, 'usr_nobody', user.id, other.id])).toEqual([
        other,
        null,
        user,
        other,
      ])
      expect(await store.users.byIds(ofClient, [])).toEqual([])
    })

    test('are read in any number at once', async () => {
      const store = opened()
      const { client, ofClient } = await settle(store)
      const users = Array.from({ length: 300 }, () => newUser(client.id))
      await put(store, ...users.map((user) => ({ kind: 'user.insert', user }) as const))
      const ids = users.map(({ id }) => id).reverse()
      expect((await store.users.byIds(ofClient, ids)).map((user) => user?.id)).toEqual(ids)
    })

    test('own their external id within their client only', async () => {
      const store = opened()
      const one = await settle(store, { externalId: 'anna' })
      const two = await settle(store, { externalId: 'anna' })
      expect(await store.users.byExternalIds(one.ofClient, ['anna', 'bert'])).toEqual([one.user, null])
      expect(await store.users.byExternalIds(two.ofClient, ['anna'])).toEqual([two.user])
      const double = newUser(one.client.id, { externalId: 'anna' })
      expect(await store.commit([{ kind: 'user.insert', user: double }])).toEqual({
        committed: false,
        conflict: 'user.insert',
      })
      const nameless = [newUser(one.client.id), newUser(one.client.id)]
      await put(store, ...nameless.map((user) => ({ kind: 'user.insert', user }) as const))
    })

    test('are not looked up by external id without a client', async () => {
      await expect(opened().users.byExternalIds('SYSTEM', ['anna'])).rejects.toMatchObject({ code: 'INTERNAL' })
    })

    test('once erased, free their external id, lose their links and stay readable', async () => {
      const store = opened()
      const { client, user, ofClient } = await settle(store, { externalId: 'anna' })
      await put(store, { kind: 'link.insert', link: newLink(user) })
      const named = { clientId: client.id, userId: user.id }
      const begun = newErasure()
      const stranger = { kind: 'user.erasing', ...named, clientId: 'cli_nobody', erasure: begun } as const
      expect(await store.commit([stranger])).toEqual({ committed: false, conflict: 'user.erasing' })
      await put(store, { kind: 'user.erasing', ...named, erasure: begun })
      expect(await store.users.byIds(ofClient, [user.id])).toEqual([{ ...user, erasure: begun }])
      expect(await store.users.erasedSince(at(6))).toEqual([user.id])
      const erasure = newErasure({ completedAt: at(5) })
      const erase = { kind: 'user.erase', ...named, at: at(5), erasure } as const
      expect(await store.commit([{ ...erase, clientId: 'cli_nobody' }])).toMatchObject({ committed: false })
      await put(store, erase)
      expect(await store.users.byIds(ofClient, [user.id])).toEqual([
        { ...user, externalId: null, erasedAt: at(5), erasure },
      ])
      expect(await store.users.erasedSince(at(5))).toContain(user.id)
      expect(await store.users.erasedSince(at(6))).not.toContain(user.id)
      expect(await store.links.byUsers(ofClient, [user.id])).toEqual([[]])
      expect(await store.commit([erase])).toEqual({ committed: false, conflict: 'user.erase' })
      expect(await store.commit([{ kind: 'user.erasing', ...named, erasure: begun }])).toMatchObject({
        committed: false,
      })
      await put(store, { kind: 'user.insert', user: newUser(client.id, { externalId: 'anna' }) })
    })

    test('whose erasure an earlier version began, wait for nobody', async () => {
      const store = opened()
      const { client, user, ofClient } = await settle(store)
      const { awaited: _, ...known } = newErasure()
      const erasure = known as ReturnType<typeof newErasure>
      await put(store, { kind: 'user.erasing', clientId: client.id, userId: user.id, erasure })
      expect(await store.users.byIds(ofClient, [user.id])).toEqual([{ ...user, erasure: newErasure() }])
    })

    test('half erased, free their external id and keep the links that are still needed', async () => {
      const store = opened()
      const { client, user, ofClient } = await settle(store, { externalId: 'bert' })
      const providers = ['INSURELY', 'FISKIL'] as const
      for (const provider of providers)
        await put(store, {
          kind: 'link.insert',
          link: newLink(user, { provider, user: { ref: user.id, secrets: null } }),
        })
      const awaited = { consentId: randomIds.next('con'), provider: 'FISKIL', until: at(9), outcome: null } as const
      const erasure = newErasure({ awaited: [awaited] })
      const forget = {
        kind: 'user.forget',
        clientId: client.id,
        userId: user.id,
        keepLinks: ['FISKIL'],
        erasure,
      } as const
      expect(await store.commit([{ ...forget, clientId: 'cli_nobody' }])).toMatchObject({ committed: false })
      await put(store, forget)
      await put(store, forget)
      expect(await store.users.byIds(ofClient, [user.id])).toEqual([{ ...user, externalId: null, erasure }])
      const [links = []] = await store.links.byUsers(ofClient, [user.id])
      expect(links.map(({ provider }) => provider)).toEqual(['FISKIL'])
      await put(store, { kind: 'user.insert', user: newUser(client.id, { externalId: 'bert' }) })
      await put(store, { ...forget, keepLinks: [] })
      expect(await store.links.byUsers(ofClient, [user.id])).toEqual([[]])
      await put(store, { ...forget, kind: 'user.erase', at: at(9) })
      expect(await store.commit([forget])).toEqual({ committed: false, conflict: 'user.forget' })
    })

    test('are paged newest first', async () => {
      const store = opened()
      const { client, user, ofClient } = await settle(store)
      const others = [1, 2, 3].map((minutes) => newUser(client.id, { createdAt: at(minutes) }))
      await put(store, ...others.map((other) => ({ kind: 'user.insert', user: other }) as const))
      const first = await store.users.page(ofClient, { first: 2, after: null })
      expect(first).toEqual({ rows: [others[2], others[1]], hasNextPage: true })
      const after = { at: at(2), id: others[1]!.id }
      expect(await store.users.page(ofClient, { first: 2, after })).toEqual({
        rows: [others[0], user],
        hasNextPage: false,
      })
      expect(await store.users.count(ofClient)).toBe(4)
    })
  })

  describe('provider links', () => {
    test('are one per user and provider, the first for good, and read per user', async () => {
      const store = opened()
      const { client, user, ofClient } = await settle(store)
      const lonely = newUser(client.id)
      await put(store, { kind: 'user.insert', user: lonely })
      const fiskil = newLink(user, { provider: 'FISKIL' })
      const insurely = newLink(user)
      await put(store, { kind: 'link.insert', link: fiskil }, { kind: 'link.insert', link: insurely })
      const late = newLink(user, { user: { ref: 'ref-2', secrets: { jwt: 'a.b.c' } }, linkedAt: at(1) })
      expect(await store.commit([{ kind: 'link.insert', link: late }])).toEqual({
        committed: false,
        conflict: 'link.insert',
      })
      expect(await store.links.byUsers(ofClient, [lonely.id, user.id])).toEqual([[], [fiskil, insurely]])
    })

    test('are found by the name at their provider, whoever has it', async () => {
      const store = opened()
      const { user } = await settle(store)
      const link = newLink(user, { user: { ref: `ref of ${user.id}`, secrets: { jwt: 'a.b.c' } } })
      await put(store, { kind: 'link.insert', link })
      expect(await store.links.byRef('INSURELY', link.user.ref)).toEqual(link)
      expect(await store.links.byRef('FISKIL', link.user.ref)).toBeNull()
      expect(await store.links.byRef('INSURELY', 'ref of nobody')).toBeNull()
    })
  })

  describe('idempotency keys', () => {
    test('are claimed once, and finished with what a replay needs', async () => {
      const store = opened()
      const { client, user } = await settle(store)
      const record = newRecord(client.id, null)
      expect(await store.idempotency.find(record)).toBeNull()
      await put(store, { kind: 'idempotency.claim', record })
      expect(await store.commit([{ kind: 'idempotency.claim', record }])).toEqual({
        committed: false,
        conflict: 'idempotency.claim',
      })
      expect(await store.idempotency.find(record)).toEqual(record)

      const done = newRecord(client.id, null, {
        state: 'DONE',
        result: {
          userId: user.id,
          consentId: 'con_1',
          authSessionId: 'aus_1',
          userErrors: [
            {
              code: 'PROVIDER_PROBLEM',
              message: 'no',
              path: ['input'],
              retryAt: at(3),
              problem: {
                code: 'PROVIDER_RATE_LIMITED',
                message: 'slow down',
                retryable: true,
                retryAt: at(3),
                providerCode: null,
                requestId: 'req_1',
              },
              attemptsRemaining: null,
              consentLost: false,
            },
          ],
        },
      })
      await put(store, { kind: 'idempotency.finish', record: done })
      expect(await store.idempotency.find(record)).toEqual(done)
    })

    test('of a client, of its users and of other operations never meet', async () => {
      const store = opened()
      const { client, user } = await settle(store)
      const other = await settle(store)
      const records = [
        newRecord(client.id, null),
        newRecord(client.id, user.id),
        newRecord(other.client.id, null),
        newRecord(client.id, null, { operation: 'revokeConsent' }),
        newRecord(client.id, null, { key: 'key-2' }),
      ]
      await put(store, ...records.map((record) => ({ kind: 'idempotency.claim', record }) as const))
      for (const record of records) expect(await store.idempotency.find(record)).toEqual(record)
    })

    test('can be finished without a claim', async () => {
      const store = opened()
      const { client } = await settle(store)
      const record = newRecord(client.id, null, { state: 'DONE' })
      await put(store, { kind: 'idempotency.finish', record })
      expect(await store.idempotency.find(record)).toEqual(record)
    })
  })
}
