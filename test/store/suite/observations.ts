import { describe, expect, test } from 'vitest'
import type { Observation } from '../../../src/domain/store.ts'
import type { OpenedStore } from '../../contract/store-suite.ts'
import { at, newConsent, newObservation, next, put, settleConsent } from '../entities.ts'

const append = (observation: Observation) => ({ kind: 'observation.append', observation }) as const

export const describeObservations = (opened: OpenedStore): void => {
  describe('observations', () => {
    test('equal ones in a row are one row that counts them', async () => {
      const store = opened()
      const { consent, user, ofClient } = await settleConsent(store)
      const other = newConsent(user)
      await put(store, { kind: 'consent.insert', consent: other })
      const poll = newObservation(consent.id, { providerRaw: null, from: null, to: null })
      await put(store, append(poll), append({ ...poll, at: at(1) }))
      await put(store, append(newObservation(other.id)))
      await put(store, append({ ...poll, at: at(2) }))
      const differing: readonly Observation[] = [
        { ...poll, providerRaw: 'VALID' },
        { ...poll, source: 'WEBHOOK' },
        { ...poll, from: 'INITIATED' },
        { ...poll, to: 'AUTHORIZED' },
        { ...poll, applied: true },
        { ...poll, rule: 'FINAL_ABSORBS' },
      ]
      // Each beside the one that it differs from in one thing alone.
      for (const observation of differing) await put(store, append(observation), append(observation), append(poll))

      const { rows } = await store.observations.page(ofClient, consent.id, 50, null)
      expect(rows.map(({ position: _, ...row }) => row)).toEqual([
        { ...poll, repeated: 3 },
        ...differing.flatMap((observation) => [
          { ...observation, repeated: 2 },
          { ...poll, repeated: 1 },
        ]),
      ])
    })

    test('are paged oldest first', async () => {
      const store = opened()
      const { consent, ofClient } = await settleConsent(store)
      const words = ['A', 'B', 'C', 'D', 'E']
      await put(store, ...words.map((providerRaw) => append(newObservation(consent.id, { providerRaw }))))
      const seen: (string | null)[] = []
      for (let after: number | null = null, more = true; more;) {
        const page = await store.observations.page(ofClient, consent.id, 2, after)
        seen.push(...page.rows.map((row) => row.providerRaw))
        after = page.rows.at(-1)?.position ?? null
        more = page.hasNextPage
      }
      expect(seen).toEqual(words)
    })

    test('that confirm a consent are counted, in their order, and its time is seen before they are stored', async () => {
      const store = opened()
      const { consent, user, ofClient } = await settleConsent(store)
      const other = newConsent(user)
      await put(store, { kind: 'consent.insert', consent: other })
      const read = newObservation(consent.id, { source: 'READ', providerRaw: 'VALID', at: at(1) })
      const word = { ...read, providerRaw: 'valid', at: at(4) }
      const confirmed = [
        store.confirm(read, at(1)),
        store.confirm({ ...read, at: at(3) }, at(3)),
        store.confirm({ ...read, at: at(2) }, at(2)),
        store.confirm(word, at(4)),
        store.confirm(newObservation(other.id), at(9)),
      ]
      const seen = async () => (await store.consents.byIds(ofClient, [consent.id, other.id])).map((row) => row?.seenAt)
      expect(await seen()).toEqual([at(4), at(9)])
      // Ahead of what is committed later, though that waits for nothing.
      await put(store, append({ ...read, source: 'WEBHOOK' }), { kind: 'consent.update', consent: next(consent) })
      expect(await seen()).toEqual([at(4), at(9)])
      const { rows } = await store.observations.page(ofClient, consent.id, 50, null)
      expect(
        rows.map(({ source, providerRaw, at: first, repeated }) => [source, providerRaw, first, repeated]),
      ).toEqual([
        ['READ', 'VALID', at(1), 3],
        ['READ', 'valid', at(4), 1],
        ['WEBHOOK', 'VALID', at(1), 1],
      ])
      await Promise.all(confirmed)
      expect((await store.observations.page(ofClient, other.id, 50, null)).rows).toHaveLength(1)
    })

    test('that confirm a consent wait on where what they went ahead of is not committed', async () => {
      const store = opened()
      const { consent, ofClient } = await settleConsent(store)
      const read = newObservation(consent.id, { source: 'READ' })
      const first = store.confirm(read, at(1))
      const stale = { ...next(next(consent)) }
      expect(await store.commit([{ kind: 'consent.update', consent: stale }])).toMatchObject({ committed: false })
      await Promise.all([first, store.confirm(read, at(2))])
      const [row] = (await store.observations.page(ofClient, consent.id, 50, null)).rows
      expect(row).toMatchObject({ repeated: 2, at: read.at })
      expect((await store.consents.byIds(ofClient, [consent.id]))[0]?.seenAt).toEqual(at(2))
    })

    test('of nothing that exists are refused', async () => {
      await expect(opened().commit([append(newObservation('con_nobody'))])).rejects.toMatchObject({ code: 'INTERNAL' })
    })
  })
}
