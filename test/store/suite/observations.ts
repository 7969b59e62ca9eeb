import { describe, expect, test } from 'vitest'
import type { Observation } from '../../../src/domain/store.ts'
import type { OpenedStore } from '../../contract/store-suite.ts'
import { at, newConsent, newObservation, put, settleConsent } from '../entities.ts'

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

    test('of nothing that exists are refused', async () => {
      await expect(opened().commit([append(newObservation('con_nobody'))])).rejects.toMatchObject({ code: 'INTERNAL' })
    })
  })
}
