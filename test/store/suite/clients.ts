import { describe, expect, test } from 'vitest'
import type { FormerKey } from '../../../src/domain/api-client.ts'
import { randomIds } from '../../../src/domain/ids.ts'
import type { OpenedStore } from '../../contract/store-suite.ts'
import { at, newClient, newUser, next, put, settle } from '../entities.ts'

const formerKey = (clientId: FormerKey['clientId'], change: Partial<FormerKey> = {}): FormerKey => ({
  clientId,
  keyHash: `former ${randomIds.next('req')}`,
  keyHint: null,
  endsAt: at(10),
  ...change,
})

export const describeClients = (opened: OpenedStore): void => {
  describe('clients that change', () => {
    test('are changed by whoever read them last', async () => {
      const store = opened()
      const client = newClient()
      await put(store, { kind: 'client.put', client })
      const disabled = next({ ...client, disabledAt: at(1), name: 'Other', scopes: [] })
      await put(store, { kind: 'client.update', client: disabled })
      expect(await store.clients.byId(client.id)).toEqual(disabled)
      const late = next({ ...client, name: 'Late' })
      expect(await store.commit([{ kind: 'client.update', client: late }])).toEqual({
        committed: false,
        conflict: 'client.update',
      })
      expect(await store.clients.byKeyHash(client.keyHash)).toEqual(disabled)
    })

    test('that are nowhere are not changed', async () => {
      const nobody = next(newClient())
      expect(await opened().commit([{ kind: 'client.update', client: nobody }])).toMatchObject({ committed: false })
    })

    test('cannot take the key of another', async () => {
      const store = opened()
      const [client, other] = [newClient(), newClient()]
      await put(store, { kind: 'client.put', client }, { kind: 'client.put', client: other })
      const thief = next({ ...client, keyHash: other.keyHash })
      expect(await store.commit([{ kind: 'client.update', client: thief }])).toMatchObject({ committed: false })
      expect(await store.clients.byKeyHash(other.keyHash)).toEqual(other)
    })

    test('are the same object for as long as they read the same, and another in any way they do not', async () => {
      const store = opened()
      const client = newClient({ scopes: ['consents:read'], returnTo: ['https://acme.example/done'] })
      await put(store, { kind: 'client.put', client })
      const known = await store.clients.byId(client.id)
      expect(await store.clients.byKeyHash(client.keyHash)).toBe(known)
      const changes: readonly Partial<typeof client>[] = [
        { name: 'Other' },
        { keyHash: `other ${client.keyHash}` },
        { keyHint: null },
        { scopes: [] },
        { returnTo: [] },
        { disabledAt: at(1) },
        { version: 2 },
      ]
      for (const change of changes) {
        const changed = { ...client, ...change }
        await put(store, { kind: 'client.put', client: changed })
        expect(await store.clients.byId(client.id)).toEqual(changed)
      }
    })

    test('are read together with one of their users, by either name', async () => {
      const store = opened()
      const { client, user } = await settle(store, { externalId: 'anna' })
      const other = await settle(store, { externalId: 'bert' })
      const found = await store.clients.withUser(client.id, { userId: user.id })
      expect(found).toEqual({ client, user })
      expect(found?.client).toBe(await store.clients.byId(client.id))
      expect(await store.clients.withUser(client.id, { externalId: 'anna' })).toEqual({ client, user })
      for (const of of [{ userId: other.user.id }, { userId: 'usr_nobody' }, { externalId: 'bert' }] as const) {
        expect(await store.clients.withUser(client.id, of)).toBeNull()
      }
      for (const externalId of ['anna\0', '\ud800', '']) {
        expect(await store.clients.withUser(client.id, { externalId })).toBeNull()
      }
      expect(await store.clients.withUser('cli_nobody', { userId: user.id })).toBeNull()

      // One whose external id is the id of another, which each asks for by its own name.
      const namesake = newUser(client.id, { externalId: user.id })
      await put(store, { kind: 'user.insert', user: namesake })
      for (const [of, found] of [
        [{ userId: user.id }, user],
        [{ externalId: user.id }, namesake],
      ] as const) {
        expect(await store.clients.withUser(client.id, of)).toEqual({ client, user: found })
      }

      const disabled = next({ ...client, disabledAt: at(1) })
      await put(store, { kind: 'client.update', client: disabled })
      expect(await store.clients.withUser(client.id, { userId: user.id })).toEqual({ client: disabled, user })
    })

    test('are read in the order of the keys, and paged newest first', async () => {
      const store = opened()
      // Later than any other of the suite.
      const clients = [1, 2, 3].map((days) => newClient({ createdAt: at(1e6 + days) }))
      await put(store, ...clients.map((client) => ({ kind: 'client.put', client }) as const))
      const [oldest, middle, newest] = clients
      expect(await store.clients.byIds([newest!.id, 'cli_nobody', oldest!.id])).toEqual([newest, null, oldest])
      const first = await store.clients.page({ first: 2, after: null })
      expect(first).toEqual({ rows: [newest, middle], hasNextPage: true })
      const after = { at: middle!.createdAt, id: middle!.id }
      expect((await store.clients.page({ first: 1, after })).rows).toEqual([oldest])
    })
  })

  describe('former keys', () => {
    test('lead to their client, and are dropped by their end', async () => {
      const store = opened()
      const [client, other] = [newClient(), newClient()]
      await put(store, { kind: 'client.put', client }, { kind: 'client.put', client: other })
      const [early, late, foreign] = [
        formerKey(client.id),
        formerKey(client.id, { endsAt: at(20) }),
        formerKey(other.id),
      ]
      const keys = [early, late, foreign]
      await put(store, ...keys.map((key) => ({ kind: 'formerKey.insert', key }) as const))
      expect(await store.clients.formerKey(late.keyHash)).toEqual(late)
      expect(await store.clients.formerKey(client.keyHash)).toBeNull()
      expect(await store.clients.formerKeys(client.id)).toEqual([late, early])

      await put(store, { kind: 'formerKeys.drop', clientId: client.id, before: at(20) })
      expect(await store.clients.formerKeys(client.id)).toEqual([late])
      await put(store, { kind: 'formerKeys.drop', clientId: client.id, before: null })
      expect(await store.clients.formerKeys(client.id)).toEqual([])
      expect(await store.clients.formerKeys(other.id)).toEqual([foreign])
    })

    test('belong to a client, and to one', async () => {
      const store = opened()
      const client = newClient()
      await put(store, { kind: 'client.put', client })
      const key = formerKey(client.id)
      await put(store, { kind: 'formerKey.insert', key })
      expect(await store.commit([{ kind: 'formerKey.insert', key }])).toMatchObject({ committed: false })
    })
  })
}
