import { describe, expect, test } from 'vitest'
import type { Scope, Store } from '../../../src/domain/store.ts'
import type { OpenedStore } from '../../contract/store-suite.ts'
import { newEvent, newLink, newObservation, newSession, newUser, put, settle, settleConsent } from '../entities.ts'

const FIRST = { first: 10, after: null } as const

export const describeIsolation = (opened: OpenedStore): void => {
  describe('isolation', () => {
    test('no read shows a row of another client, or to a user one of another user', async () => {
      const store = opened()
      const owner = await settleConsent(store)
      const { client, user, consent } = owner
      const named = newUser(client.id, { externalId: 'anna' })
      const session = newSession(consent)
      const start = await store.events.head()
      await put(
        store,
        { kind: 'user.insert', user: named },
        { kind: 'link.insert', link: newLink(user) },
        { kind: 'session.insert', session },
        { kind: 'observation.append', observation: newObservation(consent.id) },
        { kind: 'event.append', event: newEvent(consent) },
      )
      /** What each read shows of the owner's rows: a number per read. */
      const reads: Readonly<Record<string, (store: Store, scope: Scope) => Promise<number>>> = {
        'users.byIds': async ({ users }, scope) => count(await users.byIds(scope, [user.id])),
        'users.page': async ({ users }, scope) => shown((await users.page(scope, FIRST)).rows, user.id),
        'links.byUsers': async ({ links }, scope) => (await links.byUsers(scope, [user.id]))[0]!.length,
        'consents.byIds': async ({ consents }, scope) => count(await consents.byIds(scope, [consent.id])),
        'consents.page': async ({ consents }, scope) =>
          (await consents.page(scope, { userId: user.id }, FIRST)).rows.length,
        'consents.count': ({ consents }, scope) => consents.count(scope, { userId: user.id }),
        'sessions.byIds': async ({ sessions }, scope) => count(await sessions.byIds(scope, [session.id])),
        'sessions.pageOfUser': async ({ sessions }, scope) =>
          (await sessions.pageOfUser(scope, user.id, FIRST)).rows.length,
        'sessions.countOfUser': ({ sessions }, scope) => sessions.countOfUser(scope, user.id),
        'observations.page': async ({ observations }, scope) =>
          (await observations.page(scope, consent.id, 10, null)).rows.length,
        'events.page': async ({ events }, scope) =>
          shown(
            (await events.page(scope, {}, 1_000, start)).rows.map((event) => ({ id: event.consentId })),
            consent.id,
          ),
        'events.page by user': async ({ events }, scope) =>
          (await events.page(scope, { userId: user.id }, 10, start)).rows.length,
        'events.page by consent': async ({ events }, scope) =>
          (await events.page(scope, { consentId: consent.id }, 10, start)).rows.length,
      }
      const stranger = await settle(store)
      const neighbour: Scope = { clientId: client.id, userId: named.id }
      const forged: Scope = { clientId: stranger.client.id, userId: user.id }
      for (const [name, read] of Object.entries(reads)) {
        if (name !== 'users.page') expect(await read(store, 'SYSTEM'), name).toBe(1)
        expect(await read(store, owner.ofClient), name).toBe(1)
        expect(await read(store, owner.ofUser), name).toBe(1)
        expect(await read(store, stranger.ofClient), name).toBe(0)
        expect(await read(store, stranger.ofUser), name).toBe(0)
        expect(await read(store, neighbour), name).toBe(0)
        expect(await read(store, forged), name).toBe(0)
      }

      expect(await store.users.byExternalIds(owner.ofClient, ['anna'])).toEqual([named])
      expect(await store.users.byExternalIds(neighbour, ['anna'])).toEqual([named])
      expect(await store.users.byExternalIds(owner.ofUser, ['anna'])).toEqual([null])
      expect(await store.users.byExternalIds(stranger.ofClient, ['anna'])).toEqual([null])
      expect(await store.users.count(owner.ofClient)).toBe(2)
      expect(await store.users.count(owner.ofUser)).toBe(1)
      expect(await store.users.count(forged)).toBe(0)
    })
  })
}

const count = (rows: readonly unknown[]): number => rows.filter((row) => row !== null).length

const shown = (rows: readonly { readonly id: string }[], id: string): number =>
  rows.filter((row) => row.id === id).length
