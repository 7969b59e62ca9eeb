import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ClaimedJob, JobPlace } from '../../src/domain/job.ts'
import { roomOf } from '../../src/services/lane-room.ts'

const jobAt = (place: JobPlace | null): ClaimedJob => ({
  kind: 'REVOKE',
  subject: 'con_1',
  dueAt: new Date(0),
  attempts: 1,
  fence: 1,
  place,
})

const place = fc.option(
  fc.record({
    provider: fc.constantFrom('FISKIL', 'INSURELY', 'ENABLE_BANKING'),
    institutionRef: fc.option(fc.constantFrom('a', 'b', 'c')),
  }),
)

test('no place gets more than its share, whoever comes, and all room is given away', () => {
  fc.assert(
    fc.property(fc.array(place, { maxLength: 200 }), (waiting) => {
      const size = { limit: 12, shares: { provider: 6, institution: 3 } }
      const running: ClaimedJob[] = []
      let line = waiting
      for (;;) {
        const { limit, except } = roomOf(running, size)
        if (limit <= 0) break
        const isElsewhere = (to: JobPlace | null): boolean =>
          to === null ||
          (!except.providers.includes(to.provider) &&
            !except.places.some(
              ({ provider, institutionRef }) => provider === to.provider && institutionRef === to.institutionRef,
            ))
        const claimed = line.filter(isElsewhere).slice(0, limit)
        if (claimed.length === 0) break
        running.push(...claimed.map(jobAt))
        line = line.filter((one) => !claimed.includes(one))
      }
      expect(running.length).toBeLessThanOrEqual(size.limit)
      const places = running.flatMap((job) => job.place ?? [])
      const byProvider = Map.groupBy(places, ({ provider }) => provider)
      const byPlace = Map.groupBy(places, ({ provider, institutionRef }) => `${provider} ${institutionRef}`)
      for (const { length } of byProvider.values()) expect(length).toBeLessThanOrEqual(6)
      for (const { length } of byPlace.values()) expect(length).toBeLessThanOrEqual(3)
      const couldGo = line.filter(
        (to) =>
          to === null ||
          ((byProvider.get(to.provider)?.length ?? 0) < 6 &&
            (byPlace.get(`${to.provider} ${to.institutionRef}`)?.length ?? 0) < 3),
      )
      if (running.length < size.limit) expect(couldGo).toEqual([])
    }),
  )
})

test('what calls nobody takes all the room', () => {
  expect(roomOf([jobAt(null)], { limit: 12, shares: null })).toMatchObject({ limit: 11 })
})
