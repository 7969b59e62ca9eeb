import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Consent } from '../../../src/domain/consent.ts'
import type { ConsentSelection, PageKey } from '../../../src/domain/store.ts'
import type { OpenedStore } from '../../contract/store-suite.ts'
import { at, newConsent, newUser, next, put, settle, settleConsent } from '../entities.ts'

const insert = (consent: Consent) => ({ kind: 'consent.insert', consent }) as const
const update = (consent: Consent) => ({ kind: 'consent.update', consent }) as const

/** Every member set, none to its default. */
const full = (consent: Consent): Consent => ({
  ...consent,
  institutionRef: 'bank-1',
  status: 'REVOKED',
  statusReason: 'REVOKED_BY_USER',
  providerStatus: { raw: 'VALID', detail: 'all good', observedAt: at(1), source: 'WEBHOOK', recognized: true },
  providerConsentId: `upstream ${consent.id}`,
  secrets: { consentJwt: 'a.b.c', nested: { list: [1, null, 'x'] } },
  requestedAccess: {
    permissions: [],
    accountIds: ['a', 'b'],
    balances: true,
    transactions: false,
    validFrom: at(2),
    validUntil: at(3),
  },
  access: {
    permissions: ['p'],
    accountIds: [],
    balances: false,
    transactions: null,
    validFrom: null,
    validUntil: null,
  },
  updatedAt: at(4),
  authorizedAt: at(5),
  expiresAt: at(6),
  revokedAt: at(7),
  renewedFrom: 'con_before',
  supersededBy: 'con_after',
  revocation: {
    state: 'NEEDS_ATTENTION',
    requestedAt: at(8),
    attempts: 3,
    nextAttemptAt: at(9),
    confirmedAt: at(10),
    lastProblem: {
      code: 'PROVIDER_TIMEOUT',
      message: 'late',
      retryable: true,
      retryAt: at(11),
      providerCode: 'X-1',
      requestId: 'req_1',
    },
  },
  currentSessionId: 'aus_1',
  webhookEndpointId: 'whe_1',
})

export const describeConsents = (opened: OpenedStore): void => {
  describe('consents', () => {
    test('come back as they were stored', async () => {
      const store = opened()
      const { user, ofClient } = await settle(store)
      const plain = newConsent(user)
      const rich = full(newConsent(user))
      await put(store, insert(plain), insert(rich))
      const unseen = { seenAt: null }
      expect(await store.consents.byIds(ofClient, [rich.id, plain.id, rich.id])).toEqual([
        { ...rich, ...unseen },
        { ...plain, ...unseen },
        { ...rich, ...unseen },
      ])
      const changed = next(plain, { ...full(plain), providerConsentId: null })
      const emptied = next(rich, newConsent(user, { id: rich.id }))
      await put(store, update(changed), update({ ...emptied, version: 2 }))
      expect(await store.consents.byIds(ofClient, [plain.id, rich.id])).toEqual([
        { ...changed, version: 2, ...unseen },
        { ...emptied, version: 2, ...unseen },
      ])
    })

    test('are changed only by who read the newest version', async () => {
      const store = opened()
      const { consent, ofClient } = await settleConsent(store)
      const winner = next(consent, { status: 'AWAITING_AUTHORIZATION' })
      await put(store, update(winner))
      const refused = { committed: false, conflict: 'consent.update' }
      expect(await store.commit([update(next(consent, { status: 'FAILED' }))])).toEqual(refused)
      expect(await store.commit([update({ ...winner, version: 4 })])).toEqual(refused)
      expect(await store.commit([update(next(newConsent(newUser(consent.clientId))))])).toEqual(refused)
      expect(await store.commit([insert(consent)])).toEqual({ committed: false, conflict: 'consent.insert' })
      expect(await store.consents.byIds(ofClient, [consent.id])).toEqual([{ ...winner, seenAt: null }])
    })

    test('never change hands', async () => {
      const store = opened()
      const { consent } = await settleConsent(store)
      const other = await settle(store)
      const stolen = { clientId: other.client.id, userId: other.user.id }
      expect(await store.commit([update(next(consent, stolen))])).toMatchObject({ committed: false })
      expect(await store.commit([update(next(consent, { userId: other.user.id }))])).toMatchObject({ committed: false })
      expect(await store.commit([update(next(consent, { clientId: other.client.id }))])).toMatchObject({
        committed: false,
      })
      const crossed = newConsent({ ...other.user, clientId: consent.clientId })
      await expect(store.commit([insert(crossed)])).rejects.toMatchObject({ code: 'INTERNAL' })
    })

    test('remember when the provider last confirmed them, never backwards, at their own version', async () => {
      const store = opened()
      const { consent, ofClient } = await settleConsent(store)
      const seen = (minutes: number) => ({ kind: 'consent.seen', consentId: consent.id, at: at(minutes) }) as const
      await put(store, seen(5))
      await put(store, seen(3), update(next(consent)))
      expect(await store.consents.byIds(ofClient, [consent.id])).toEqual([{ ...next(consent), seenAt: at(5) }])
      await put(store, seen(6), { kind: 'consent.seen', consentId: 'con_nobody', at: at() })
      expect(await store.consents.byIds(ofClient, [consent.id])).toMatchObject([{ seenAt: at(6), version: 2 }])
    })

    test('own a consent at the provider alone, as long as they live', async () => {
      const store = opened()
      const { user, client, consent: old } = await settleConsent(store, { status: 'AUTHORIZED', provider: 'FISKIL' })
      const upstream = `arrangement of ${client.id}`
      const held = next(old, { providerConsentId: upstream })
      await put(store, update(held))
      const renewal = newConsent(user, { provider: 'FISKIL', createdAt: at(1), renewedFrom: old.id })
      await put(store, insert(renewal))
      const taken = next(renewal, { status: 'AUTHORIZED', providerConsentId: upstream })
      expect(await store.commit([update(taken)])).toEqual({ committed: false, conflict: 'consent.update' })
      const failed = newConsent(user, {
        provider: 'FISKIL',
        createdAt: at(2),
        status: 'FAILED',
        providerConsentId: upstream,
      })
      await put(store, insert(failed))
      const find = () => store.consents.byProviderConsentIds('FISKIL', ['unknown', upstream, upstream])
      expect((await find()).map((row) => row?.id)).toEqual([undefined, old.id, old.id])
      const elsewhere = newConsent(user, { provider: 'INSURELY', providerConsentId: upstream })
      await put(store, insert(elsewhere))

      const superseded = next(held, { status: 'REVOKED', statusReason: 'SUPERSEDED' })
      await put(store, update(superseded), update(taken))
      expect((await find()).map((row) => row?.id)).toEqual([undefined, renewal.id, renewal.id])
      // Once all are final, the newest one answers for late news.
      await put(store, update(next(taken, { status: 'EXPIRED' })))
      expect((await find()).map((row) => row?.id)).toEqual([undefined, failed.id, failed.id])
    })

    test('are selected by each criterion, and by all of them', async () => {
      const store = opened()
      const { client, user, ofClient } = await settle(store)
      const other = newUser(client.id)
      await put(store, { kind: 'user.insert', user: other })
      const plain = newConsent(user)
      const rich = { ...full(newConsent(user, { createdAt: at(1) })), provider: 'FISKIL' } as const
      const others = newConsent(other, { createdAt: at(2), institutionRef: 'bank-1' })
      await put(store, insert(plain), insert(rich), insert(others))
      const cases: readonly (readonly [ConsentSelection, readonly Consent[]])[] = [
        [{}, [others, rich, plain]],
        [{ userId: user.id }, [rich, plain]],
        [{ status: ['REVOKED', 'FAILED', 'REVOKED'] }, [rich]],
        [{ status: [] }, []],
        [{ provider: ['OPEN_BANK_PROJECT'] }, [others, plain]],
        [{ provider: [] }, []],
        [{ institution: { provider: 'OPEN_BANK_PROJECT', ref: 'bank-1' } }, [others]],
        [{ revocationState: ['NEEDS_ATTENTION'] }, [rich]],
        [{ revocationState: ['CONFIRMED'] }, []],
        [{ expiresBefore: at(7) }, [rich]],
        [{ expiresBefore: at(6) }, []],
        [{ userId: other.id, status: ['INITIATED'], provider: ['OPEN_BANK_PROJECT'] }, [others]],
      ]
      for (const [selection, expected] of cases) {
        const page = await store.consents.page(ofClient, selection, { first: 10, after: null })
        expect(
          page.rows.map(({ id }) => id),
          JSON.stringify(selection),
        ).toEqual(expected.map(({ id }) => id))
        expect(await store.consents.count(ofClient, selection)).toBe(expected.length)
      }
    })

    test('are paged once each, newest first, whatever their times', async () => {
      const store = opened()
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 }),
          fc.integer({ min: 1, max: 5 }),
          async (minutes, first) => {
            const { user, ofClient } = await settle(store)
            const consents = minutes.map((minute) => newConsent(user, { createdAt: at(minute) }))
            await put(store, ...consents.map(insert))
            const seen: string[] = []
            for (let after: PageKey | null = null, more = true; more;) {
              const page = await store.consents.page(ofClient, {}, { first, after })
              seen.push(...page.rows.map(({ id }) => id))
              const last = page.rows.at(-1)
              after = last === undefined ? null : { at: last.createdAt, id: last.id }
              more = page.hasNextPage
            }
            const expected = consents.toSorted(
              (a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1),
            )
            expect(seen).toEqual(expected.map(({ id }) => id))
          },
        ),
        { numRuns: 30 },
      )
    })

    test.each([0, 101, 1.5, Number.NaN])('refuse a page of %s', async (first) => {
      await expect(opened().consents.page('SYSTEM', {}, { first, after: null })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      })
    })
  })
}
