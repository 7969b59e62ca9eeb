import { describe, expect, test } from 'vitest'
import type { EventCursor, NewConsentEvent } from '../../../src/domain/event.ts'
import type { EventSelection, Scope, Store } from '../../../src/domain/store.ts'
import type { OpenedStore } from '../../contract/store-suite.ts'
import { at, newConsent, newEvent, newUser, put, settleConsent } from '../entities.ts'

const append = (event: NewConsentEvent) => ({ kind: 'event.append', event }) as const

const readAll = async (store: Store, scope: Scope, selection: EventSelection, from: EventCursor, first: number) => {
  const ids: string[] = []
  for (let after = from, more = true; more;) {
    const page = await store.events.page(scope, selection, first, after)
    ids.push(...page.rows.map(({ id }) => id))
    after = page.rows.at(-1)?.cursor ?? after
    more = page.hasNextPage
  }
  return ids
}

export const describeEvents = (opened: OpenedStore): void => {
  describe('events', () => {
    test('come back as they were appended', async () => {
      const store = opened()
      const { consent, ofClient } = await settleConsent(store)
      const events = [
        newEvent(consent, {
          type: 'ConsentStatusChanged',
          from: null,
          to: 'AUTHORIZED',
          reason: null,
          providerStatus: { raw: 'VALID', detail: null, observedAt: at(1), source: 'POLL', recognized: true },
        }),
        newEvent(consent, {
          type: 'ConsentStatusChanged',
          from: 'AUTHORIZED',
          to: 'REVOKED',
          reason: 'REVOKED_BY_USER',
          providerStatus: null,
        }),
        newEvent(consent, { type: 'ConsentDetailsChanged', changed: ['expiresAt'] }),
        newEvent(consent, {
          type: 'ConsentRevocationProgressed',
          revocation: {
            state: 'CONFIRMED',
            requestedAt: at(1),
            attempts: 1,
            nextAttemptAt: null,
            confirmedAt: at(2),
            lastProblem: null,
          },
        }),
        newEvent(consent, { type: 'AuthStepChanged', authSessionId: 'aus_1', stepId: 'stp_1' }),
      ]
      await put(store, ...events.map(append))
      const { rows, hasNextPage } = await store.events.page(ofClient, {}, 10, null)
      expect(rows.map(({ cursor: _, ...event }) => event)).toEqual(events)
      expect(hasNextPage).toBe(false)
    })

    test('are read in commit order, each exactly once, while others write', async () => {
      const store = opened()
      const { consent, ofClient } = await settleConsent(store)
      const noise = await settleConsent(store)
      const start = await store.events.head()
      const committed: string[] = []
      const write = async (): Promise<void> => {
        const events = [newEvent(consent), newEvent(consent)]
        await put(store, append(newEvent(noise.consent)), ...events.map(append))
        committed.push(...events.map(({ id }) => id))
      }
      const read: string[] = []
      let after = start
      const follow = async (): Promise<void> => {
        const page = await store.events.page(ofClient, {}, 7, after)
        read.push(...page.rows.map(({ id }) => id))
        after = page.rows.at(-1)?.cursor ?? after
      }
      const writers = Array.from({ length: 8 }, async () => {
        for (let count = 0; count < 20; count++) await write()
      })
      const finished = new AbortController()
      const written = Promise.all(writers).finally(() => finished.abort())
      while (!finished.signal.aborted) await follow()
      await written
      while (read.length < committed.length) await follow()
      expect(read).toHaveLength(320)
      expect(new Set(read)).toEqual(new Set(committed))
      expect(await readAll(store, ofClient, {}, start, 100)).toEqual(read)
    })

    test('are selected by each criterion', async () => {
      const store = opened()
      const { client, user, consent, ofClient } = await settleConsent(store)
      const otherUser = newUser(client.id)
      const sibling = newConsent(user, { provider: 'FISKIL' })
      const others = newConsent(otherUser)
      await put(
        store,
        { kind: 'user.insert', user: otherUser },
        { kind: 'consent.insert', consent: sibling },
        { kind: 'consent.insert', consent: others },
      )
      const start = await store.events.head()
      const [a, b, c, d] = [
        newEvent(consent),
        newEvent(sibling),
        newEvent(others),
        newEvent(consent, { type: 'ConsentDetailsChanged', changed: [] }),
      ] as const
      await put(store, ...[a, b, c, d].map(append))
      const cases: readonly (readonly [EventSelection, readonly NewConsentEvent[]])[] = [
        [{}, [a, b, c, d]],
        [{ userId: user.id }, [a, b, d]],
        [{ consentId: consent.id }, [a, d]],
        [{ provider: ['FISKIL'] }, [b]],
        [{ provider: [] }, []],
        [{ types: ['ConsentDetailsChanged', 'AuthStepChanged'] }, [d]],
        [{ types: [] }, []],
        [{ userId: user.id, types: ['ConsentExpiringSoon'], provider: ['OPEN_BANK_PROJECT'] }, [a]],
      ]
      for (const [selection, expected] of cases) {
        for (const first of [1, 3, 1000]) {
          expect(await readAll(store, ofClient, selection, start, first), JSON.stringify(selection)).toEqual(
            expected.map(({ id }) => id),
          )
        }
      }
    })

    test('have cursors that compare, and a head after which the next one comes', async () => {
      const store = opened()
      const { consent, ofClient } = await settleConsent(store)
      const before = await store.events.head()
      await put(store, append(newEvent(consent)), append(newEvent(consent)))
      const { rows } = await store.events.page(ofClient, {}, 10, before)
      const [one, two] = [rows[0]!.cursor, rows[1]!.cursor]
      expect(store.events.compare(before, one)).toBeLessThan(0)
      expect(store.events.compare(two, one)).toBeGreaterThan(0)
      expect(store.events.compare(one, one)).toBe(0)
      expect(await store.events.head()).toBe(two)
      expect(await store.events.page(ofClient, {}, 10, two)).toEqual({ rows: [], hasNextPage: false })
    })

    test('refuse a cursor that is not theirs', async () => {
      const store = opened()
      const own = Buffer.from(await store.events.head(), 'base64url').toString()
      const foreign = Buffer.from(`${own.startsWith('0') ? '1' : '0'}${own.slice(1)}`).toString('base64url')
      for (const cursor of ['', 'nonsense', foreign, `${await store.events.head()}=`] as EventCursor[]) {
        await expect(store.events.page('SYSTEM', {}, 10, cursor)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      }
    })

    test('are nudged about once they are committed, and not before or without them', async () => {
      const store = opened()
      const { consent, ofClient } = await settleConsent(store)
      const start = await store.events.head()
      const nudged = Promise.withResolvers<void>()
      let nudges = 0
      using _ = store.onEvents(() => {
        nudges += 1
        nudged.resolve()
      })
      await store.commit([append(newEvent(consent)), { kind: 'consent.insert', consent }])
      await put(store, { kind: 'consent.seen', consentId: consent.id, at: at() })
      expect(nudges).toBe(0)
      await Promise.all([put(store, append(newEvent(consent))), put(store, append(newEvent(consent)))])
      await nudged.promise
      expect((await store.events.page(ofClient, {}, 10, start)).rows).toHaveLength(2)
    })
  })
}
